using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using ClipSharp.Files;

namespace ClipSharp.Data.Captions;

/// <summary>What a caption is, wherever it stands: a text, a field of a table, a string in JSON. Each is one caption whose line
/// breaks are spaces, or a caption a line where <see cref="DataOptions.CaptionLines"/> says so. Blank ones are dropped, control
/// characters are white space, bytes that are not UTF-8 become U+FFFD.</summary>
/// <param name="options">Lines or whole texts; which members of JSON.</param>
internal sealed class CaptionReader(DataOptions options)
{
    /// <summary>Bytes of a text file, or characters of one caption in JSON.</summary>
    public const int MaxTextLength = 64 << 10;

    /// <summary>Bytes of a JSON file.</summary>
    public const int MaxJsonLength = 1 << 20;

    private static readonly string[] UsualJsonKeys = ["captions", "caption"];

    /// <summary>The most bytes of a file with captions, by its ending.</summary>
    public static int MostOf(string ending) => ending == "json" ? MaxJsonLength : MaxTextLength;

    /// <summary>Captions of a text.</summary>
    public List<string> FromText(string text)
    {
        var lines = new List<string>();
        foreach (var line in text.Split('\n'))
        {
            var clean = Clean(line);
            if (clean.Length > 0)
            {
                lines.Add(clean);
            }
        }

        return options.CaptionLines || lines.Count < 2 ? lines : [string.Join(' ', lines)];
    }

    /// <summary>Captions of a file of text.</summary>
    /// <param name="bytes">At most <see cref="MaxTextLength"/>.</param>
    /// <param name="repaired">Set when bytes were no UTF-8.</param>
    public List<string> FromText(ReadOnlySpan<byte> bytes, out bool repaired)
    {
        bytes = WithoutMark(bytes);
        repaired = !Utf8.IsValid(bytes);
        return FromText(Encoding.UTF8.GetString(bytes));
    }

    /// <summary>Captions of a JSON object: strings of <c>captions</c> or <c>caption</c>, or of the members that the options name;
    /// a string or a list, other values are passed over.</summary>
    /// <param name="bytes">At most <see cref="MaxJsonLength"/>.</param>
    /// <param name="shares">How often each caption is drawn, where the options say so for members; else empty.</param>
    /// <returns>Null when it is no JSON object or a caption is over the limit.</returns>
    public List<string>? FromJson(ReadOnlyMemory<byte> bytes, out List<double> shares)
    {
        shares = [];
        try
        {
            using var document = PythonJson.Parse(bytes[^WithoutMark(bytes.Span).Length..]);
            return options.JsonTextKeyProbs.Count > 0 ? OfAllMembers(document.RootElement, shares) : FromJson(
                document.RootElement, options.JsonTextKeys.Count > 0 ? options.JsonTextKeys : UsualJsonKeys);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Captions of the first of some members that has one.</summary>
    /// <param name="json">Any value.</param>
    /// <param name="keys">The members, first to last.</param>
    /// <returns>Null when it is no object, or a caption is over the limit or no Unicode.</returns>
    public List<string>? FromJson(JsonElement json, IEnumerable<string> keys)
    {
        if (json.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        foreach (var key in keys)
        {
            if (!json.TryGetProperty(key, out var value))
            {
                continue;
            }

            var captions = new List<string>();
            IEnumerable<JsonElement> items = value.ValueKind == JsonValueKind.Array ? value.EnumerateArray() : [value];
            foreach (var item in items.Where(item => item.ValueKind == JsonValueKind.String))
            {
                if (PythonJson.Text(item) is not { Length: <= MaxTextLength } text)
                {
                    return null;
                }

                captions.AddRange(FromText(text));
            }

            if (captions.Count > 0)
            {
                return captions;
            }
        }

        return [];
    }

    // A member's share is shared by its captions.
    private List<string>? OfAllMembers(JsonElement json, List<double> shares)
    {
        var all = new List<string>();
        foreach (var (key, share) in options.JsonTextKeys.Zip(options.JsonTextKeyProbs))
        {
            if (FromJson(json, [key]) is not { } captions)
            {
                return null;
            }

            all.AddRange(captions);
            shares.AddRange(captions.Select(_ => share / captions.Count));
        }

        return all;
    }

    // Control characters to spaces, trimmed.
    private static string Clean(string text) =>
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

    private static ReadOnlySpan<byte> WithoutMark(ReadOnlySpan<byte> bytes) =>
        bytes.StartsWith((ReadOnlySpan<byte>)[0xEF, 0xBB, 0xBF]) ? bytes[3..] : bytes;
}
