namespace ClipSharp.Data;

/// <summary>How data is found and read; the names are those of open_clip's flags.</summary>
public sealed record DataOptions
{
    /// <summary>"auto" (by extension), "webdataset", "csv", "folder" or "files".</summary>
    public string DatasetType { get; init; } = "auto";

    /// <summary>The CSV column that holds the picture's path.</summary>
    public string CsvImgKey { get; init; } = "filepath";

    /// <summary>The CSV column that holds the caption.</summary>
    public string CsvCaptionKey { get; init; } = "title";

    /// <summary>One character between CSV fields.</summary>
    public string CsvSeparator { get; init; } = "\t";

    /// <summary>Extensions of pictures, lower case; where a sample has several, the first listed is used.</summary>
    public IReadOnlyList<string> ImageKeys { get; init; } = ["jpg", "png", "jpeg", "webp", "gif", "bmp"];
}
