namespace ClipSharp.Evaluation.Overlaps;

/// <summary>A test picture beside the training pictures that are nearest to it.</summary>
/// <param name="Test">The test picture.</param>
/// <param name="ByVectors">The training picture of the highest cosine.</param>
/// <param name="ByHash">The training picture whose hash is nearest: of several first one of equal pixels, then the one of the
/// highest cosine.</param>
public sealed record TestPictureOverlap(OverlapPicture Test, OverlapPair ByVectors, OverlapPair ByHash)
{
    /// <summary>The pair that decides: one that the rule holds for, else the nearer by hash.</summary>
    public OverlapPair Deciding(OverlapRule rule)
    {
        ArgumentNullException.ThrowIfNull(rule);
        return !rule.Holds(ByHash) && rule.Holds(ByVectors) ? ByVectors : ByHash;
    }

    /// <summary>Whether it counts as seen in training.</summary>
    public bool IsOverlap(OverlapRule rule)
    {
        ArgumentNullException.ThrowIfNull(rule);
        return rule.Holds(Deciding(rule));
    }
}
