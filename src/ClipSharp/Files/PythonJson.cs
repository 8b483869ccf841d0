using System.Text.Json;

namespace ClipSharp.Files;

/// <summary>JSON as Python's <c>json</c> writes it: NaN, Infinity and -Infinity are numbers, and of members with one name the
/// last counts (<see cref="JsonElement.TryGetProperty(string, out JsonElement)"/> takes it).</summary>
internal static class PythonJson
{
    private static readonly JsonDocumentOptions Lenient = new() { AllowDuplicateProperties = true, MaxDepth = 64 };

    /// <summary>The document. The three words become the number 0 in it, for which nobody asks: a caption is no number.</summary>
    /// <param name="bytes">UTF-8 without a byte order mark.</param>
    /// <exception cref="JsonException">It is no JSON of Python's either.</exception>
    public static JsonDocument Parse(ReadOnlyMemory<byte> bytes) =>
        JsonDocument.Parse(HasWord(bytes.Span) ? WithNumbers(bytes.ToArray()) : bytes, Lenient);

    /// <summary>A string; null where it holds half of a surrogate pair, which is no Unicode.</summary>
    public static string? Text(JsonElement value)
    {
        try
        {
            return value.GetString();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    private static bool HasWord(ReadOnlySpan<byte> bytes) => bytes.IndexOf("NaN"u8) >= 0 || bytes.IndexOf("Infinity"u8) >= 0;

    // Outside of strings, which keep their words; what is longer than a word is left for the parser to refuse.
    private static byte[] WithNumbers(byte[] bytes)
    {
        var isInString = false;
        for (var i = 0; i < bytes.Length; i++)
        {
            if (bytes[i] == '"')
            {
                isInString = !isInString;
            }
            else if (isInString)
            {
                i += bytes[i] == '\\' ? 1 : 0;
            }
            else if (WordAt(bytes.AsSpan(i)) is var length and > 0)
            {
                bytes[i] = (byte)'0';
                bytes.AsSpan(i + 1, length - 1).Fill((byte)' ');
                i += length - 1;
            }
        }

        return bytes;
    }

    private static int WordAt(ReadOnlySpan<byte> bytes)
    {
        var length = bytes.StartsWith("NaN"u8) ? 3 : bytes.StartsWith("Infinity"u8) ? 8 : 0;
        var isWhole = length == bytes.Length || (length > 0 && " \t\r\n,]}"u8.Contains(bytes[length]));
        return isWhole ? length : 0;
    }
}
