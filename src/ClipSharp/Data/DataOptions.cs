namespace ClipSharp.Data;

/// <summary>How data is found and read; the names are those of open_clip's flags.</summary>
public sealed record DataOptions
{
    /// <summary>What kind of data it is; told by the name unless given.</summary>
    public DatasetType DatasetType { get; init; }

    /// <summary>The CSV column that holds the picture's path.</summary>
    public string CsvImgKey { get; init; } = "filepath";

    /// <summary>The CSV column that holds the caption.</summary>
    public string CsvCaptionKey { get; init; } = "title";

    /// <summary>One character between CSV fields.</summary>
    public string CsvSeparator { get; init; } = "\t";

    /// <summary>What a CSV field may be enclosed in: <c>"</c>, or "none" where quotes are characters like others.</summary>
    public string CsvQuote { get; init; } = "\"";

    /// <summary>Extensions of pictures, such as "jpg" or "input.png"; where a sample has several, the first listed is
    /// used.</summary>
    public IReadOnlyList<string> ImageKeys { get; init => field = Endings(value); } =
        ["jpg", "png", "jpeg", "webp", "gif", "bmp"];

    /// <summary>Extensions of texts beside a picture; where it has several, the first listed with a caption is used.</summary>
    public IReadOnlyList<string> TextKeys { get; init => field = Endings(value); } = ["txt"];

    /// <summary>Members of a sample's <c>.json</c> that hold its caption; the first with one is used, and texts are not. Empty =
    /// a text, else <c>captions</c> or <c>caption</c> of the <c>.json</c>.</summary>
    public IReadOnlyList<string> JsonTextKeys { get; init; } = [];

    /// <summary>Whether each line of a text is a caption, as CLIP_benchmark has it for retrieval; else a text is one caption
    /// whose line breaks are spaces, as for open_clip's training.</summary>
    public bool CaptionLines { get; init; }

    /// <summary>Whether shards that a range or <c>nshards.txt</c> names may lack; they are counted then.</summary>
    public bool AllowMissingShards { get; init; }

    /// <summary>Whether to go on where a disk fails four times at a shard, a picture, a text or a folder, which is counted then;
    /// else that ends the work with <see cref="ClipError.InputOutput"/>. A table must be read.</summary>
    public bool SkipReadErrors { get; init; }

    /// <summary>A list of keys as open_clip's flags have it, such as "jpg;png".</summary>
    public static IReadOnlyList<string> Keys(string list) =>
        list.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    private static string[] Endings(IReadOnlyList<string> keys) =>
        [.. keys.Select(key => key.TrimStart('.').ToLowerInvariant())];
}
