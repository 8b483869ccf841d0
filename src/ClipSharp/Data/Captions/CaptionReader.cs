using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace ClipSharp.Data.Captions;

/// <summary>Captions from the bytes of a <c>.txt</c> (one a line) or a <c>.json</c> (<c>captions</c> or <c>caption</c>).
/// Blank ones are dropped, control characters are white space, bytes that are not UTF-8 become U+FFFD.</summary>
internal static class CaptionReader
{
    /// <summary>Bytes of a text file, or of one caption in JSON.</summary>
    public const int MaxTextLength = 64 << 10;

    /// <summary>Bytes of a JSON file.</summary>
    public const int MaxJsonLength = 1 << 20;

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 64 };

    /// <summary>One caption a line; lines end at <c>\n</c> or <c>\r\n</c>.</summary>
    /// <param name="bytes">At most <see cref="MaxTextLength"/>.</param>
    /// <param name="repaired">Set when bytes were no UTF-8.</param>
    public static List<string> FromText(ReadOnlySpan<byte> bytes, out bool repaired)
    {
        bytes = WithoutMark(bytes);
        repaired = !Utf8.IsValid(bytes);
        var captions = new List<string>();
        foreach (var line in Encoding.UTF8.GetString(bytes).Split('\n'))
        {
            AddClean(line, captions);
        }

        return captions;
    }

    /// <summary>Strings of <c>captions</c>, a list or a single string, or of <c>caption</c>; other values are passed
    /// over.</summary>
    /// <returns>Null when it is no JSON object or a caption is over the limit.</returns>
    public static List<string>? FromJson(ReadOnlyMemory<byte> bytes)
    {
        bytes = bytes[^WithoutMark(bytes.Span).Length..];
        var captions = new List<string>();
        try
        {
            using var document = JsonDocument.Parse(bytes, Strict);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                return null;
            }

            if (document.RootElement.TryGetProperty("captions", out var value)
                || document.RootElement.TryGetProperty("caption", out value))
            {
                IEnumerable<JsonElement> items = value.ValueKind == JsonValueKind.Array ? value.EnumerateArray() : [value];
                foreach (var item in items.Where(i => i.ValueKind == JsonValueKind.String))
                {
                    var text = item.GetString()!;
                    if (text.Length > MaxTextLength)
                    {
                        return null;
                    }

                    AddClean(text, captions);
                }
            }

            return captions;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException) // the latter: text that is no Unicode
        {
            return null;
        }
    }

    /// <summary>Control characters to spaces, trimmed.</summary>
    public static string Clean(string text) =>
        (text.AsSpan().ContainsAnyInRange('\0', '\x1F')
            ? string.Create(text.Length, text, (span, source) =>
            {
                source.CopyTo(span);
                foreach (ref var c in span)
                {
                    c = c < ' ' ? ' ' : c;
                }
            })
            : text).Trim();

    private static void AddClean(string text, List<string> captions)
    {
        var clean = Clean(text);
        if (clean.Length > 0)
        {
            captions.Add(clean);
        }
    }

    private static ReadOnlySpan<byte> WithoutMark(ReadOnlySpan<byte> bytes) =>
        bytes.StartsWith((ReadOnlySpan<byte>)[0xEF, 0xBB, 0xBF]) ? bytes[3..] : bytes;
}
