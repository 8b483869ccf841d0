using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Unicode;

namespace ClipSharp.Text.Repair;

/// <summary>Reads bytes as UTF-8 that has been through a misreading: with spaces for bytes A0, with bytes lost, or with
/// characters beyond the BMP as six bytes and U+0000 as two (CESU-8, Java).</summary>
internal static class BrokenUtf8
{
    private const byte Space = 0x20;
    private const byte NoBreakSpace = 0xA0;
    private const byte Lost = SingleByteEncodings.Lost;

    private static readonly SearchValues<byte> LostOrContinuation = SearchValues.Create(
        [Lost, (byte)'?', .. Enumerable.Range(0x80, 0x40).Select(value => (byte)value)]);

    /// <summary>Decodes bytes of an encoding, or finds that they are no UTF-8.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> bytes, int encoding, out string text)
    {
        if (encoding != SingleByteEncodings.MacRoman) // where they would be a dash and a space
        {
            bytes = RestoreSpaces(bytes);
        }

        if (SingleByteEncodings.IsWindows(encoding))
        {
            bytes = ReplaceLost(bytes);
        }

        bytes = FromVariants(bytes);
        var isValid = Utf8.IsValid(bytes);
        text = isValid ? Encoding.UTF8.GetString(bytes) : "";
        return isValid;
    }

    /// <summary>Makes a space the byte A0 again where that gives a likely character.</summary>
    private static ReadOnlySpan<byte> RestoreSpaces(ReadOnlySpan<byte> bytes)
    {
        var result = new ByteReplacer(bytes);
        Span<byte> restored = stackalloc byte[4];
        while (result.SeekLead())
        {
            var rest = result.Rest;
            if (rest is [0xC3, Space, ..] && !IsLetterOfAWord(rest[2..]))
            {
                result.Replace(2, [0xC3, NoBreakSpace, Space]); // "à" alone: both the byte and a space were there
            }
            else if (SpacedLength(rest) is var length and > 0)
            {
                rest[..length].Replace(restored, Space, NoBreakSpace);
                result.Replace(length, restored[..length]);
            }
        }

        return result.Done();

        // Portuguese "às", "àquele", "àquela", "àquilo": the space was no space. The second à of "à à" is as uncertain.
        static bool IsLetterOfAWord(ReadOnlySpan<byte> next) =>
            next is [Space, ..] || next.StartsWith("quele"u8) || next.StartsWith("quela"u8) || next.StartsWith("quilo"u8)
            || next.StartsWith("s "u8);
    }

    /// <summary>The length of a sequence with one space in it that would be UTF-8, and no rare character, without.</summary>
    private static int SpacedLength(ReadOnlySpan<byte> bytes)
    {
        switch (bytes)
        {
            case [0xC2 or 0xC3 or 0xC5 or 0xCE or 0xD0 or 0xD9, Space, ..]:
                return 2;
            case [0xE2 or 0xE3, Space, var last, ..] when IsLikely(last):
            case [>= 0xE0 and <= 0xE3, var middle, Space, ..] when IsLikely(middle):
                return 3;
            case [0xF0, Space, >= 0x80 and <= 0xBF, >= 0x80 and <= 0xBF, ..]:
            case [0xF0, >= 0x80 and <= 0xBF, Space, >= 0x80 and <= 0xBF, ..]:
            case [0xF0, >= 0x80 and <= 0xBF, >= 0x80 and <= 0xBF, Space, ..]:
                return 4;
            default:
                return 0;
        }

        static bool IsLikely(byte value) => value is >= 0x80 and <= 0xBF and not (0x85 or NoBreakSpace);
    }

    /// <summary>Makes sequences that have lost bytes U+FFFD.</summary>
    private static ReadOnlySpan<byte> ReplaceLost(ReadOnlySpan<byte> bytes)
    {
        var result = new ByteReplacer(bytes);
        while (result.SeekLead())
        {
            if (LossyLength(result.Rest) is var length and > 0)
            {
                result.Replace(length, "\ufffd"u8);
            }
        }

        return result.Done();
    }

    private static int LossyLength(ReadOnlySpan<byte> bytes)
    {
        switch (bytes)
        {
            case [Lost, ..]:
                return 1;
            case [>= 0xC2 and <= 0xDF, Lost, ..]:
            case [0xC2 or 0xC3, (byte)'?', ..]:
                return 2;
            case [0xED, >= 0xA0 and <= 0xAF, var low, 0xED, >= 0xB0 and <= 0xBF, var last, ..]
                when (IsGone(low) && IsGoneOrContinuation(last)) || (IsGone(last) && IsGoneOrContinuation(low)):
                return 6;
            case [>= 0xE0 and <= 0xEF, _, _, ..] when IsLossy(bytes[1..3]):
                return 3;
            case [>= 0xF0 and <= 0xF4, _, _, _, ..] when IsLossy(bytes[1..4]):
                return 4;
            default:
                return 0;
        }

        static bool IsGone(byte value) => value is Lost or (byte)'?';

        static bool IsGoneOrContinuation(byte value) => IsGone(value) || value is >= 0x80 and <= 0xBF;

        // A question mark may stand for a lost byte once.
        static bool IsLossy(ReadOnlySpan<byte> bytes) => bytes.ContainsAny(Lost, (byte)'?') && bytes.Count((byte)'?') <= 1
            && bytes.IndexOfAnyExcept(LostOrContinuation) < 0;
    }

    /// <summary>Turns the six bytes of a surrogate pair into four and the two bytes of U+0000 into one. A line's end may stand
    /// for the last of them, as in the reference.</summary>
    private static ReadOnlySpan<byte> FromVariants(ReadOnlySpan<byte> bytes)
    {
        if (!bytes.ContainsAny((byte)0xC0, (byte)0xED))
        {
            return bytes;
        }

        var result = new ByteReplacer(bytes);
        Span<byte> utf8 = stackalloc byte[4];
        while (result.SeekLead())
        {
            switch (result.Rest)
            {
                case [0xC0, 0x80, ..] or [0xC0, (byte)'\n']:
                    result.Replace(2, [0]);
                    break;
                case [0xED, >= 0xA0 and <= 0xAF, >= 0x80 and <= 0xBF, 0xED, >= 0xB0 and <= 0xBF, >= 0x80 and <= 0xBF, ..]:
                case [0xED, >= 0xA0 and <= 0xAF, >= 0x80 and <= 0xBF, 0xED, >= 0xB0 and <= 0xBF, (byte)'\n']:
                    var pair = result.Rest;
                    var code = 0x10000 + ((pair[1] & 15) << 16) + ((pair[2] & 63) << 10) + ((pair[4] & 15) << 6) + (pair[5] & 63);
                    new Rune(code).EncodeToUtf8(utf8);
                    result.Replace(6, utf8);
                    break;
            }
        }

        return result.Done();
    }

    /// <summary>Copies bytes with some sequences replaced; nothing is copied before the first.</summary>
    private ref struct ByteReplacer(ReadOnlySpan<byte> bytes)
    {
        private readonly ReadOnlySpan<byte> _bytes = bytes;
        private List<byte>? _result;
        private int _copied;
        private int _at = -1;

        public readonly ReadOnlySpan<byte> Rest => _bytes[_at..];

        /// <summary>Moves to the next byte that may begin a sequence.</summary>
        public bool SeekLead()
        {
            _at++;
            while (_at < _bytes.Length && _bytes[_at] is < 0xC0 and not Lost)
            {
                _at++;
            }

            return _at < _bytes.Length;
        }

        public void Replace(int length, scoped ReadOnlySpan<byte> by)
        {
            _result ??= new List<byte>(_bytes.Length);
            _result.AddRange(_bytes[_copied.._at]);
            _result.AddRange(by);
            _copied = _at + length;
            _at = _copied - 1;
        }

        public readonly ReadOnlySpan<byte> Done()
        {
            if (_result is null)
            {
                return _bytes;
            }

            _result.AddRange(_bytes[_copied..]);
            return CollectionsMarshal.AsSpan(_result);
        }
    }
}
