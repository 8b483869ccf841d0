using ClipSharp.Data.Index;

namespace ClipSharp.Data.Sources;

/// <summary>What a source found under one key, complete or not, or a loss. The index judges whether it is of use.</summary>
/// <param name="Key">The name up to the first dot of its last part; "" for a loss that is about a whole file.</param>
/// <param name="File">The file that holds the picture (or failed).</param>
public sealed record SourceSample(string Key, SampleFile File)
{
    /// <summary>Where the picture begins in the file; where the file's pictures are packed, its number among them.</summary>
    public long PictureOffset { get; init; }

    /// <summary>Bytes of the picture; −1 = none.</summary>
    public long PictureLength { get; init; } = -1;

    /// <summary>Where in the shard the sample's first member begins, with its headers.</summary>
    internal long PieceStart { get; init; }

    /// <summary>Where its last member ends.</summary>
    internal long PieceEnd { get; init; }

    /// <summary>Captions in their order, cleaned of blank ones.</summary>
    public IReadOnlyList<string> Captions { get; init; } = [];

    /// <summary>How often each caption is drawn in training, beside the others of the sample; empty = as the run chooses among
    /// captions.</summary>
    public IReadOnlyList<double> CaptionShares { get; init; } = [];

    /// <summary>The class, or −1.</summary>
    public int Class { get; init; } = -1;

    /// <summary>Whether bytes that are not UTF-8 were replaced in the captions.</summary>
    public bool HasRepairedText { get; init; }

    /// <summary>What is wrong with a text or a class beside the picture, or null. It is a loss only where what it should have
    /// said is needed and not said elsewhere.</summary>
    public string? TextFault { get; init; }

    /// <summary>Whether members of this key repeat, so that an incomplete piece of it is no plain lack.</summary>
    public bool IsRepeated { get; init; }

    /// <summary>A loss the source met itself.</summary>
    public SkipReason? Skip { get; init; }

    /// <summary>A remark about the file that is no loss; such an item is no sample.</summary>
    public string? Note { get; init; }

    /// <summary>More about the loss.</summary>
    public string Detail { get; init; } = "";
}
