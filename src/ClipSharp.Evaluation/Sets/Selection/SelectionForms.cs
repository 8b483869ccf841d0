using System.Globalization;
using System.Text;
using System.Text.Json;
using ClipSharp.Data.Sources.Tables;
using ClipSharp.Files;
using ClipSharp.Images;

namespace ClipSharp.Evaluation.Sets.Selection;

/// <summary>The files in which selection sets are published. A form is told by the members of its first entry; a new one is a
/// method here.</summary>
internal static class SelectionForms
{
    private const long MaxLength = 1 << 30;

    private const string Forms =
        "SugarCrepe's object of entries, ARO's list, Winoground's examples.jsonl, WinoGAViL's lines or NegBench's table";

    /// <summary>The items of a file.</summary>
    /// <exception cref="ClipException">It cannot be read, is of none of the forms, or an entry is not sound: the first such is
    /// named.</exception>
    public static List<SelectionEntry> Read(string path)
    {
        if (TableFile.IsTable(path))
        {
            return Choices(path);
        }

        var bytes = Bytes(path);
        var isLines = path.EndsWith(".jsonl", StringComparison.OrdinalIgnoreCase);
        var entries = isLines ? Lines(bytes, path) : Document(bytes, path);
        return entries.Count == 0 ? throw Bad(path, "file", "no entry", Forms)
            : entries[0].Has("filename", "caption", "negative_caption") ? [.. entries.Select(SugarCrepe)]
            : entries[0].Has("image_0", "image_1", "caption_0", "caption_1") ? [.. entries.Select(Winoground)]
            : entries[0].Has("image_path", "true_caption", "false_caption") ? [.. entries.Select(Aro)]
            : entries[0].Has("cue", "candidates", "associations") ? [.. entries.Select(WinoGaViL)]
            : entries[0].Has("caption_options") ? [.. entries.Select(Order)]
            : throw Bad(path, entries[0].Where, "members of none of the known forms", Forms);
    }

    /// <summary>A refusal that names file and entry.</summary>
    public static ClipException Bad(string path, string where, string found, string expected) =>
        new(ClipError.Data, "An entry of a selection set cannot be used", $"{path}, {where}", found, expected,
            "Take the file as its authors published it.");

    // Hsieh et al. 2023: a caption, and the same with something added, replaced or swapped.
    private static SelectionEntry SugarCrepe(JsonEntry entry) =>
        new(entry.Where, entry.Where, [entry.Text("filename")], [entry.Text("caption"), entry.Text("negative_caption")], [0]);

    // Thrush et al. 2022: two pictures, and two captions of the same words.
    private static SelectionEntry Winoground(JsonEntry entry) =>
        new(entry.Id("id", entry.Where), entry.Where, [entry.Text("image_0"), entry.Text("image_1")],
            [entry.Text("caption_0"), entry.Text("caption_1")], [0, 1],
            entry.Has("collapsed_tag") ? entry.Text("collapsed_tag") : "");

    // Bitton et al. 2022: a word, and the pictures of which some have to do with it. Prompted as DataComp does.
    private static SelectionEntry WinoGaViL(JsonEntry entry)
    {
        var (cue, pictures) = (entry.Text("cue").ToLowerInvariant(), entry.Texts("candidates", 2));
        var meant = entry.Texts("associations", 1);
        return Array.Find(meant, picture => !pictures.Contains(picture)) is { } stranger
            ? throw entry.Bad($"the association {stranger}", "one of the candidates")
            : new(entry.Id("ID", entry.Where), entry.Where, pictures,
                [(cue[0] is 'a' or 'e' or 'i' or 'o' or 'u' ? "An " : "A ") + cue],
                [.. pictures.Select(picture => meant.Contains(picture) ? 0 : -1)]);
    }

    // Yuksekgonul et al. 2023: relations and attributes of a part of a Visual Genome picture.
    private static SelectionEntry Aro(JsonEntry entry)
    {
        PixelBox? crop = entry.Has("bbox_x")
            ? new PixelBox(entry.Number("bbox_x", 0), entry.Number("bbox_y", 0),
                entry.Number("bbox_w", 1), entry.Number("bbox_h", 1))
            : null;
        var group = entry.Has("relation_name") ? entry.Text("relation_name")
            : entry.Has("attributes") ? string.Join('_', entry.Texts("attributes", 1)) : "";
        return new(entry.Where, entry.Where, [entry.Text("image_path")],
            [entry.Text("true_caption"), entry.Text("false_caption")], [0], group, crop);
    }

    // The same authors' order of words: the first option is the caption as it was.
    private static SelectionEntry Order(JsonEntry entry) => new(entry.Where, entry.Where,
        [entry.Text(entry.Has("image_path") ? "image_path" : "image")], entry.Texts("caption_options", 2), [0]);

    // Alhamoud et al. 2025: a table with as many captions as there are choices.
    private static List<SelectionEntry> Choices(string path)
    {
        var found = new List<SelectionEntry>();
        using var text = new StreamReader(new MemoryStream(Bytes(path)));
        var rows = new CsvReader(text, ',');
        rows.TryRead(out var head);
        var captions = Enumerable.Range(0, head.Length)
            .Select(number => Array.IndexOf(head, string.Create(CultureInfo.InvariantCulture, $"caption_{number}")))
            .TakeWhile(column => column >= 0).ToArray();
        var (picture, answer) = (Array.IndexOf(head, "image_path"), Array.IndexOf(head, "correct_answer"));
        var kind = Array.IndexOf(head, "correct_answer_template");
        if (picture < 0 || answer < 0 || captions.Length < 2)
        {
            throw Bad(path, "line 1", string.Join(", ", head), "columns image_path, caption_0, caption_1, ... and correct_answer");
        }

        while (rows.TryRead(out var row))
        {
            var line = string.Create(CultureInfo.InvariantCulture, $"line {rows.LineNumber}");
            if (rows.Fault is not null || row.Length != head.Length)
            {
                throw Bad(path, line, rows.Fault ?? $"{row.Length} fields", $"{head.Length} fields");
            }

            found.Add(new SelectionEntry(line, line, [Filled(picture)], [.. captions.Select(Filled)],
                [Answer(row[answer], captions.Length) ?? throw Bad(path, line, $"correct_answer {row[answer]}",
                    $"a number from 0 to {captions.Length - 1}")], kind < 0 ? "" : row[kind]));

            string Filled(int column) => !string.IsNullOrWhiteSpace(row[column]) ? row[column]
                : throw Bad(path, line, $"no {head[column]}", "a text that is not blank");
        }

        return found.Count > 0 ? found : throw Bad(path, "file", "no row", "a row an item");
    }

    // pandas writes whole numbers as 2.0 where some row has none.
    private static int? Answer(string text, int choices) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
        && number == Math.Floor(number) && number >= 0 && number < choices ? (int)number : null;

    private static List<JsonEntry> Lines(byte[] bytes, string path)
    {
        var entries = new List<JsonEntry>();
        using var text = new StreamReader(new MemoryStream(bytes));
        for (var line = 1; text.ReadLine() is { } read; line++)
        {
            if (!string.IsNullOrWhiteSpace(read))
            {
                var where = string.Create(CultureInfo.InvariantCulture, $"line {line}");
                entries.Add(new JsonEntry(Parsed(Encoding.UTF8.GetBytes(read), path, where), path, where));
            }
        }

        return entries;
    }

    private static List<JsonEntry> Document(byte[] bytes, string path)
    {
        var json = Parsed(bytes, path, "file");
        return json.ValueKind switch
        {
            JsonValueKind.Object => [.. json.EnumerateObject().Select(entry =>
                new JsonEntry(entry.Value, path, $"entry {entry.Name}"))],
            JsonValueKind.Array => [.. json.EnumerateArray().Select((entry, number) =>
                new JsonEntry(entry, path, string.Create(CultureInfo.InvariantCulture, $"entry {number}")))],
            _ => throw Bad(path, "file", $"a JSON {json.ValueKind}", Forms),
        };
    }

    private static JsonElement Parsed(byte[] bytes, string path, string where)
    {
        try
        {
            using var json = PythonJson.Parse(bytes.AsMemory(bytes.AsSpan().StartsWith("\uFEFF"u8) ? 3 : 0));
            return json.RootElement.Clone();
        }
        catch (JsonException e)
        {
            throw new ClipException(ClipError.Data, "An entry of a selection set cannot be used", $"{path}, {where}",
                JsonFault.Describe(e), "JSON", "Fetch the file again.", e);
        }
    }

    private static byte[] Bytes(string path)
    {
        try
        {
            var length = LinkedFile.Of(path).Length;
            return length <= MaxLength ? File.ReadAllBytes(path)
                : throw Bad(path, "file", $"{length} bytes", $"{MaxLength} at most");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ClipException(ClipError.NoInput, "A selection set cannot be read", path, e.Message, Forms,
                "Check the path.", e);
        }
    }
}
