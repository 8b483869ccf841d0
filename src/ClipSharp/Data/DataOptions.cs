using System.Globalization;
using static System.FormattableString;

namespace ClipSharp.Data;

/// <summary>How data is found and read; the names are those of open_clip's flags.</summary>
public sealed record DataOptions
{
    /// <summary>What kind of data it is; told by the name unless given.</summary>
    public DatasetType DatasetType { get; init; }

    /// <summary>The CSV column that holds the picture's path; the Parquet column that holds the picture.</summary>
    public string CsvImgKey { get; init; } = "filepath";

    /// <summary>The CSV or Parquet column that holds the caption.</summary>
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

    /// <summary>How often each of <see cref="JsonTextKeys"/> gives the training caption, shares that need not sum to 1; those of
    /// members without a caption fall to the others of the sample. Empty = the first with one.</summary>
    public IReadOnlyList<double> JsonTextKeyProbs { get; init; } = [];

    /// <summary>Whether each line of a text is a caption, as CLIP_benchmark has it for retrieval; else a text is one caption
    /// whose line breaks are spaces, as for open_clip's training.</summary>
    public bool CaptionLines { get; init; }

    /// <summary>Whether shards that a range or <c>nshards.txt</c> names may lack; they are counted then.</summary>
    public bool AllowMissingShards { get; init; }

    /// <summary>Whether to go on where a disk fails four times at a shard, a picture, a text or a folder, which is counted then;
    /// else that ends the work with <see cref="ClipError.InputOutput"/>. A table must be read.</summary>
    public bool SkipReadErrors { get; init; }

    /// <summary>Where shards are kept that are fetched or unpacked, which several processes may share; null = <c>shards</c> in
    /// the user's cache.</summary>
    public string? ShardCache { get; init; }

    /// <summary>How many bytes of shards are kept there, from 1; null = 64 GiB, but no more than half of what the disk has
    /// free.</summary>
    public long? ShardCacheBytes { get; init; }

    /// <summary>Whether <c>pipe:COMMAND</c> is run. Say so only of patterns that the user typed: one from a file that somebody
    /// else wrote would run his commands.</summary>
    public bool AllowsCommands { get; init; }

    /// <summary>Itself, if its probabilities hold.</summary>
    /// <exception cref="ClipException">They are not one for each member, not numbers from 0, or all 0.</exception>
    public DataOptions Validated()
    {
        var faults = new ConfigFaults();
        Check(faults);
        faults.ThrowIfAny("json_text_key_probs", ClipError.Config, "The data settings are unusable",
            "Name as many members as shares, with semicolons between.");
        return this;
    }

    /// <summary>Notes what does not hold.</summary>
    /// <param name="faults">Gets it.</param>
    internal void Check(ConfigFaults faults) => faults.Require(
        JsonTextKeyProbs.Count == 0
        || (JsonTextKeyProbs.Count == JsonTextKeys.Count && JsonTextKeyProbs.All(share => share >= 0 && double.IsFinite(share))
            && JsonTextKeyProbs.Sum() > 0),
        "json_text_key_probs",
        string.Join(' ', JsonTextKeyProbs.Select(share => share.ToString(CultureInfo.InvariantCulture))),
        Invariant($"a share from 0 for each of the {JsonTextKeys.Count} members of json_text_key, not all 0"));

    /// <summary>A list of keys as open_clip's flags have it, such as "jpg;png".</summary>
    public static IReadOnlyList<string> Keys(string list) =>
        list.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Bytes of some GiB; null stays null.</summary>
    internal static long? Gibibytes(double? number) => number is { } some ? (long)(some * (1L << 30)) : null;

    private static string[] Endings(IReadOnlyList<string> keys) =>
        [.. keys.Select(key => key.TrimStart('.').ToLowerInvariant())];
}
