using ClipSharp.Data.Captions;

namespace ClipSharp.Data.Batches;

/// <summary>How samples become batches.</summary>
public sealed record BatchPlanOptions
{
    /// <summary>Which of a picture's captions an epoch uses.</summary>
    public CaptionChoice CaptionChoice { get; init; }

    /// <summary>How often all captions of a picture are joined by commas instead of drawing one, 0 to 1.</summary>
    public double CaptionJoinProb { get; init; }

    /// <summary>Gives every picture the captions of another one, the same all along: the control that must stay at
    /// chance.</summary>
    public bool ShufflePairs { get; init; }

    /// <summary>Keeps samples whose first captions are equal out of the same batch where that can be done: they would be
    /// each other's false negatives.</summary>
    public bool AvoidDuplicates { get; init; }

    /// <summary>In which order samples come.</summary>
    public DataOrder Order { get; init; }

    /// <summary>Draws samples with replacement, without end, in place of every one once an epoch.</summary>
    public bool Resampled { get; init; }

    /// <summary>Where they are drawn so, how often a sample of each source is beside those of the others; empty =
    /// alike.</summary>
    public IReadOnlyList<double> SourceFactors { get; init; } = [];
}
