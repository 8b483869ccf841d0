using System.Numerics;
using System.Text;

namespace ClipSharp.Text.Repair;

/// <summary>The encodings that UTF-8 is most often misread in, in the order they are tried. Bytes that Windows leaves open stand
/// for the characters of the same number, as in browsers.</summary>
internal static class SingleByteEncodings
{
    public const int Latin1 = 0;
    public const int Windows1252 = 1;
    public const int LastWindows = 6;
    public const int MacRoman = 8;

    /// <summary>Stands for U+FFFD in the Windows encodings: a character that some program could not decode.</summary>
    public const byte Lost = 0x1A;

    private const int All = (1 << 10) - 1;
    private const int AllWindows = ((1 << (LastWindows + 1)) - 1) & ~(1 << Latin1);

    // Latin-1; Windows 1252 Western, 1251 Cyrillic, 1250 Central European, 1253 Greek, 1254 Turkish, 1257 Baltic; Latin-2;
    // Mac OS Roman; the first IBM PC's.
    private static readonly int[] CodePages = [28591, 1252, 1251, 1250, 1253, 1254, 1257, 28592, 10000, 437];

    private static readonly string[] Upper = [.. CodePages.Select(UpperHalf)]; // the characters of bytes 128 to 255
    private static readonly ushort[] Having = new ushort[CharacterIndex.Count]; // bit e: encoding e has the character
    private static readonly byte[][] Bytes = [.. CodePages.Select(_ => new byte[CharacterIndex.Count])];

    static SingleByteEncodings()
    {
        for (var c = '\0'; c < 0x80; c++)
        {
            Having[c] = All;
        }

        Having[Lost] = All & ~AllWindows;
        Having[CharacterIndex.Of('\ufffd')] = AllWindows;
        for (var encoding = 0; encoding < Upper.Length; encoding++)
        {
            for (var c = '\0'; c < 0x80; c++)
            {
                Bytes[encoding][c] = (byte)c;
                var index = CharacterIndex.Of(Upper[encoding][c]);
                Bytes[encoding][index] = (byte)(0x80 + c);
                Having[index] |= (ushort)(1 << encoding);
            }

            if (IsWindows(encoding))
            {
                Bytes[encoding][CharacterIndex.Of('\ufffd')] = Lost;
            }
        }
    }

    public static bool IsWindows(int encoding) => encoding is >= Windows1252 and <= LastWindows;

    /// <summary>The character of a byte of 128 or more.</summary>
    public static char Character(int encoding, int value) => Upper[encoding][value - 0x80];

    /// <summary>The encodings that have every character of a text, as bits.</summary>
    public static int Possible(ReadOnlySpan<char> text)
    {
        var possible = All;
        foreach (var c in text)
        {
            possible &= Having[CharacterIndex.Of(c)];
        }

        return possible;
    }

    /// <summary>The first of some encodings given as bits.</summary>
    public static int First(int encodings) => BitOperations.TrailingZeroCount(encodings);

    /// <summary>The bytes of a text in one of its <see cref="Possible"/> encodings.</summary>
    public static byte[] Encode(ReadOnlySpan<char> text, int encoding)
    {
        var bytes = new byte[text.Length];
        for (var at = 0; at < text.Length; at++)
        {
            bytes[at] = Bytes[encoding][CharacterIndex.Of(text[at])];
        }

        return bytes;
    }

    private static string UpperHalf(int codePage)
    {
        byte[] bytes = [.. Enumerable.Range(0x80, 0x80).Select(value => (byte)value)];
        var encoding = codePage == 28591 ? Encoding.Latin1 : CodePagesEncodingProvider.Instance.GetEncoding(codePage)!;
        // Where .NET differs: open bytes of Greek and Baltic in the private use area, Mac's omega as the unit ohm.
        return string.Concat(encoding.GetString(bytes).Select((c, at) => c is >= '\uf8f0' and < '\uf8ff' ? (char)bytes[at] : c))
            .Replace('\u2126', 'Ω');
    }
}
