namespace ClipSharp.Data.Sources.Tables;

/// <summary>What the first line of a table says: between what its fields stand, and which columns hold pictures and captions.
/// What the options name is taken; where they say nothing else than open_clip's defaults, and those do not fit, the usual names
/// are looked for.</summary>
/// <param name="Separator">Between the fields.</param>
/// <param name="Picture">The column of picture paths, from 0; −1 where none was asked for.</param>
/// <param name="Caption">The column of captions, from 0.</param>
/// <param name="Note">What was seen, where it is not what the options say; else null.</param>
internal sealed record TableHead(char Separator, int Picture, int Caption, string? Note)
{
    private static readonly DataOptions Standard = new();

    private static readonly string[] PictureNames =
        ["filepath", "file_path", "filename", "file_name", "file", "path", "image", "image_path", "image_file", "image_name",
            "image_file_name", "img", "img_path", "picture"];

    /// <summary>Usual names of captions, in tables and in a folder's <c>metadata.jsonl</c>.</summary>
    public static readonly IReadOnlyList<string> CaptionNames =
        ["title", "caption", "captions", "text", "description", "sentence", "sentences", "comment", "alt", "alt_text",
            "txt"];

    private static readonly (char Separator, string Name)[] Separators =
        [('\t', "tabs"), (',', "commas"), (';', "semicolons"), ('|', "bars")];

    /// <summary>Reads the first line of a table.</summary>
    /// <param name="line">The line.</param>
    /// <param name="options">What the user says.</param>
    /// <param name="path">The table, for messages.</param>
    /// <param name="needsPictures">Whether there must be a column of pictures.</param>
    /// <exception cref="ClipException">A column is not there, or the separator is unusable.</exception>
    public static TableHead Of(string line, DataOptions options, string path, bool needsPictures)
    {
        var given = options.CsvSeparator == @"\t" ? "\t" : options.CsvSeparator; // typed in a shell it is two characters
        if (given is not [var separator] || separator is '"' or '\r' or '\n')
        {
            throw new ClipException(ClipError.Usage, "The separator is unusable", "--csv-separator",
                $"\"{options.CsvSeparator}\"",
                "one character, no quote or line end", "Use , or ; or a tab.");
        }

        var possible = given != Standard.CsvSeparator ? [separator] : Separators.Select(known => known.Separator).ToArray();
        var heads = possible.Select(character => Read(line, character, options, needsPictures)).ToList();
        var head = heads.Find(found => found.IsComplete) ?? heads.MaxBy(found => found.Columns.Length)!;
        return head.IsComplete ? new TableHead(head.Separator, head.Picture, head.Caption, NoteOf(head, options))
            : throw Unknown(head, Remedy(head, Separators.Select(known => Read(line, known.Separator, options, needsPictures))),
                options, path);
    }

    private static Head Read(string line, char separator, DataOptions options, bool needsPictures)
    {
        new CsvReader(new StringReader(line), separator).TryRead(out var fields);
        string[] columns = [.. fields.Select(field => field.Trim())];
        return new Head(separator, columns,
            needsPictures ? Column(columns, options.CsvImgKey, Standard.CsvImgKey, PictureNames) : -1,
            Column(columns, options.CsvCaptionKey, Standard.CsvCaptionKey, CaptionNames), needsPictures);
    }

    // The name given, or the first of the usual ones.
    private static int Column(string[] columns, string given, string standard, IReadOnlyList<string> usual)
    {
        var names = given == standard ? usual : [given];
        return names.Select(name =>
            Array.FindIndex(columns, column => column == name
                || (given == standard && column.Equals(name, StringComparison.OrdinalIgnoreCase))))
            .FirstOrDefault(column => column >= 0, -1);
    }

    private static string? NoteOf(Head head, DataOptions options)
    {
        var picture = head.Picture < 0 ? null : head.Columns[head.Picture];
        var caption = head.Columns[head.Caption];
        var isAsSaid = (picture is null || picture == options.CsvImgKey) && caption == options.CsvCaptionKey
            && (options.CsvSeparator is [var only] ? only : '\t') == head.Separator;
        return isAsSaid ? null
            : $"by its first line, {(picture is null ? "" : $"pictures are in \"{picture}\" and ")}captions in \"{caption}\", between {NameOf(head.Separator)}"
              + $" ({(picture is null ? "" : $"--csv-img-key {picture} ")}--csv-caption-key {caption} --csv-separator {Typed(head.Separator)})";
    }

    private static ClipException Unknown(Head head, string remedy, DataOptions options, string path)
    {
        var missing = (head.NeedsPictures && head.Picture < 0, head.Caption < 0) switch
        {
            (true, true) => $"columns of pictures ({options.CsvImgKey}) and captions ({options.CsvCaptionKey})",
            (true, false) => $"a column of pictures ({options.CsvImgKey})",
            _ => $"a column of captions ({options.CsvCaptionKey})",
        };
        return new ClipException(ClipError.Data, "The table's first line does not name its columns as expected", path,
            $"{string.Join(" | ", head.Columns)} (between {NameOf(head.Separator)})", missing,
            remedy);
    }

    private static string Remedy(Head head, IEnumerable<Head> others)
    {
        if (others.FirstOrDefault(other => other.IsComplete) is { } fitting)
        {
            return $"Use --csv-separator {Typed(fitting.Separator)}: between {NameOf(fitting.Separator)} the columns fit.";
        }

        var free = head.Columns.Where((_, i) => i != head.Picture && i != head.Caption).DefaultIfEmpty("NAME").ToList();
        var flags = (head.NeedsPictures && head.Picture < 0 ? $"--csv-img-key {Quoted(free[0])} " : "")
            + (head.Caption < 0 ? $"--csv-caption-key {Quoted(free[^1])} " : "") + $"--csv-separator {Typed(head.Separator)}";
        return $"If the columns have other names, say which, such as {flags}. If there are no names, put a line with them first.";
    }

    private static string NameOf(char separator) =>
        Separators.FirstOrDefault(known => known.Separator == separator).Name ?? $"\"{separator}\"";

    private static string Typed(char separator) =>
        separator switch { '\t' => @"\t", ';' or '|' => $"\"{separator}\"", _ => $"{separator}" };

    private static string Quoted(string name) => name.Length == 0 || name.Contains(' ') ? $"\"{name}\"" : name;

    private sealed record Head(char Separator, string[] Columns, int Picture, int Caption, bool NeedsPictures)
    {
        public bool IsComplete => Caption >= 0 && (Picture >= 0 || !NeedsPictures) && Picture != Caption;
    }
}
