namespace ClipSharp.Data.Captions;

/// <summary>A file beside a picture that may hold its captions.</summary>
/// <param name="Bytes">All of it; null where it is over the limit.</param>
internal readonly record struct SideFile(byte[]? Bytes)
{
    /// <summary>A file over the limit of its kind.</summary>
    public static SideFile TooLong => new(Bytes: null);
}

/// <summary>What the files beside a picture say.</summary>
/// <param name="Captions">Of the first file that has any.</param>
/// <param name="IsRepaired">Whether bytes of them were no UTF-8.</param>
/// <param name="Fault">What is wrong with one that could not be read, or null.</param>
/// <param name="Shares">How often each caption is drawn; empty = alike.</param>
internal readonly record struct SaidBeside(
    IReadOnlyList<string> Captions, bool IsRepaired, string? Fault, IReadOnlyList<double> Shares);

/// <summary>Where the captions of a picture stand among the files beside it, in a shard as in a folder: in the texts, the first
/// named with a caption, else in <c>.json</c>; where members of it are named, only there.</summary>
/// <param name="options">Which endings and members.</param>
internal sealed class SideTexts(DataOptions options)
{
    private const string Json = "json";

    private readonly CaptionReader _reader = new(options);
    private readonly string[] _endings = options.JsonTextKeys.Count > 0 ? [Json] : [.. options.TextKeys, Json];

    /// <summary>Whether files of an ending may hold captions.</summary>
    public bool Holds(string ending) => Array.IndexOf(_endings, ending) >= 0;

    /// <summary>Reads them, no more than are needed.</summary>
    /// <param name="open">The file of an ending, or null.</param>
    public SaidBeside Read(Func<string, SideFile?> open)
    {
        string? fault = null;
        foreach (var ending in _endings)
        {
            if (open(ending) is not { } file)
            {
                continue;
            }

            var isRepaired = false;
            List<double> shares = [];
            var captions = file.Bytes is not { } bytes ? null
                : ending == Json ? _reader.FromJson(bytes, out shares)
                : _reader.FromText(bytes, out isRepaired);
            if (captions is { Count: > 0 })
            {
                return new SaidBeside(captions, isRepaired, fault, shares);
            }

            fault ??= captions is not null ? null
                : file.Bytes is null ? FormattableString.Invariant($".{ending} is over {CaptionReader.MostOf(ending):N0} bytes")
                : $".{ending} cannot be read";
        }

        return new SaidBeside([], false, fault, []);
    }
}
