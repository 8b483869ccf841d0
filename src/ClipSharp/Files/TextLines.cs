using System.Security.Cryptography;
using System.Text;

namespace ClipSharp.Files;

/// <summary>Lists that people write: a UTF-8 file with one entry a line.</summary>
public static class TextLines
{
    // A list of names or captions; whoever has more wants shards.
    private const long MaxBytes = 1L << 30;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>All entries, white space round them removed; line i from 0 is entry i. Blank lines may stand at the end only,
    /// elsewhere they would shift what follows.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="ClipException">It is missing, empty, no UTF-8, or has a blank line among the entries.</exception>
    public static IReadOnlyList<string> Read(string path)
    {
        var lines = ReadWithBlanks(path);
        var blank = lines.ToList().FindIndex(string.IsNullOrEmpty);
        return blank < 0
            ? lines
            : throw new ClipException(ClipError.Data, "The list has a blank line", $"{path}, line {blank + 1}", "nothing",
                "one entry a line", "Remove the line: the entries after it would be counted wrongly.");
    }

    /// <summary>The same for lists in which a blank line is an entry; those at the end are none.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="ClipException">It is missing, empty or no UTF-8.</exception>
    internal static IReadOnlyList<string> ReadWithBlanks(string path)
    {
        string[] lines = [.. ReadText(path).TrimEnd().Split('\n', StringSplitOptions.TrimEntries)];
        return lines is not [""]
            ? lines
            : throw new ClipException(ClipError.Data, "The list is empty", path, "no entry", "one entry a line",
                "Fill it or name another file.");
    }

    /// <summary>SHA-256 of a list, in hexadecimal: that of a file with one entry a line, each line ended.</summary>
    internal static string Hash(IEnumerable<string> lines)
    {
        ArgumentNullException.ThrowIfNull(lines);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var line in lines)
        {
            hash.AppendData(Encoding.UTF8.GetBytes(line + "\n"));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static string ReadText(string path)
    {
        try
        {
            var length = LinkedFile.Of(path).Length;
            return length <= MaxBytes
                ? Strict.GetString(File.ReadAllBytes(path)).TrimStart('\uFEFF')
                : throw new ClipException(ClipError.Data, "The list is too long", path, $"{length} bytes", $"{MaxBytes} at most",
                    "Split it.");
        }
        catch (DecoderFallbackException e)
        {
            throw new ClipException(ClipError.Data, "The list is no UTF-8 text", path, e.Message, "UTF-8",
                "Save it as UTF-8.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ClipException(ClipError.NoInput, "The list cannot be read", path, e.Message, "a text file",
                "Check the path.", e);
        }
    }
}
