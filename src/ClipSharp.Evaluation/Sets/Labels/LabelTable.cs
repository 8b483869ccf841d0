using System.Text;
using System.Text.Json;
using ClipSharp.Data;
using ClipSharp.Data.Sources.Tables;
using ClipSharp.Files;
using ClipSharp.Files.Reading;

namespace ClipSharp.Evaluation.Sets.Labels;

/// <summary>Tables of pictures and their classes: CSV or TSV with a head line, or a JSON object a line, as Hugging Face's
/// <c>metadata.jsonl</c>.</summary>
internal static class LabelTable
{
    private const long MaxLength = 1 << 30;

    private static readonly string[] UsualNames =
        ["label", "labels", "class", "cls", "class_id", "class_index", "label_id", "target", "category", "class_name"];

    private static readonly string[] PictureMembers = ["file_name", "image_file_name", "filename", "filepath", "path", "image"];

    /// <summary>Whether a file is such a table by its ending.</summary>
    public static bool IsTable(string path) => TableFile.IsTable(path) || IsLines(path);

    /// <summary>The column or member that names classes; null where there is none.</summary>
    /// <param name="path">The table.</param>
    /// <param name="options">The separator of a CSV.</param>
    /// <param name="given">The name that a user says; null = the usual ones.</param>
    public static string? ClassColumn(string path, DataOptions options, string? given)
    {
        string[] names = given is null ? UsualNames : [given];
        var first = Lines(path).FirstOrDefault(line => !string.IsNullOrWhiteSpace(line)) ?? "";
        if (IsLines(path))
        {
            return Parsed(first) is { } json ? names.FirstOrDefault(name => json.TryGetProperty(name, out _)) : null;
        }

        char[] separators = options.CsvSeparator is [not '\t' and var only] ? [only] : ['\t', ',', ';', '|'];
        return separators.Select(separator =>
        {
            new CsvReader(new StringReader(first.TrimStart('\uFEFF')), separator).TryRead(out var fields);
            return names.Select(name => Array.Find(fields,
                    field => field.Trim().Equals(name, StringComparison.OrdinalIgnoreCase)))
                .FirstOrDefault(field => field is not null)?.Trim();
        }).FirstOrDefault(name => name is not null);
    }

    /// <summary>The rows.</summary>
    /// <param name="path">The table.</param>
    /// <param name="column">Of the classes.</param>
    /// <param name="options">The column of pictures, the separator and quoting of a CSV.</param>
    /// <param name="notes">Gets remarks.</param>
    /// <exception cref="ClipException">It cannot be read, or has no column of pictures.</exception>
    public static List<LabelRow> Read(string path, string column, DataOptions options, List<string> notes)
    {
        if (Length(path) > MaxLength)
        {
            throw new ClipException(ClipError.Data, "The table is too long", path, "over 1 GiB", "at most that", "Split it.");
        }

        return IsLines(path) ? ReadLines(path, column) : ReadTable(path, column, options, notes);
    }

    private static bool IsLines(string path) => path.EndsWith(".jsonl", StringComparison.OrdinalIgnoreCase);

    private static List<LabelRow> ReadTable(string path, string column, DataOptions options, List<string> notes)
    {
        var rows = new List<LabelRow>();
        // A class stands where a caption would.
        if (TableFile.Open(path, options with { CsvCaptionKey = column }, needsPictures: true) is not { } table)
        {
            return rows;
        }

        foreach (var row in table.Rows())
        {
            rows.Add(row.Fault is not null
                ? new LabelRow("", "", row.Line, row.Fault)
                : Checked(row.Fields[table.Head.Picture].Trim(), row.Fields[table.Head.Caption].Trim(), row.Line));
        }

        notes.AddRange(table.Notes.Where(note => !note.StartsWith("by its first line", StringComparison.Ordinal)));
        return rows;
    }

    private static List<LabelRow> ReadLines(string path, string column)
    {
        var rows = new List<LabelRow>();
        foreach (var (index, line) in Lines(path).Index())
        {
            if (string.IsNullOrWhiteSpace(line))
            {
                continue;
            }

            rows.Add(Parsed(line) is not { } json ? new LabelRow("", "", index + 1, "no JSON object")
                : Checked(Text(json, PictureMembers), Text(json, [column]), index + 1));
        }

        return rows;
    }

    private static LabelRow Checked(string picture, string label, long line) =>
        picture.Length == 0 || picture.Contains('\0') ? new LabelRow("", "", line, "no name of a picture")
        : label.Length == 0 ? new LabelRow(picture, "", line, "no class")
        : new LabelRow(picture, label, line);

    private static string Text(JsonElement json, string[] members)
    {
        foreach (var member in members)
        {
            if (json.TryGetProperty(member, out var value))
            {
                return value.ValueKind switch
                {
                    JsonValueKind.String => PythonJson.Text(value) ?? "",
                    JsonValueKind.Number => value.GetRawText(),
                    _ => "",
                };
            }
        }

        return "";
    }

    private static JsonElement? Parsed(string line)
    {
        try
        {
            using var json = PythonJson.Parse(Encoding.UTF8.GetBytes(line));
            return json.RootElement.ValueKind == JsonValueKind.Object ? json.RootElement.Clone() : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static IEnumerable<string> Lines(string path)
    {
        using var reader = new StreamReader(Open(path));
        while (reader.ReadLine() is { } line)
        {
            yield return line;
        }
    }

    private static long Length(string path)
    {
        using var file = Open(path);
        return file.Length;
    }

    private static SteadyFile Open(string path)
    {
        try
        {
            return new SteadyFile(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ClipException(ClipError.NoInput, "A table cannot be opened", path, e.Message, "a readable file",
                "Check the path and its rights.", e);
        }
    }
}
