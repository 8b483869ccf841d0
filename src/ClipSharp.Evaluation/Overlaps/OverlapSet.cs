using ClipSharp.Data.Index;
using ClipSharp.Evaluation.Overlaps.Accuracy;

namespace ClipSharp.Evaluation.Overlaps;

/// <summary>A test set beside the training data.</summary>
/// <param name="Dataset">Its name.</param>
/// <param name="Split">Its split.</param>
/// <param name="Pictures">Its pictures with what is nearest to each: overlap first, then by hash, the likest first.</param>
/// <param name="Skipped">Pictures that could not be read, by reason.</param>
/// <param name="Measured">Evaluations, split by overlap; empty where none were given.</param>
public sealed record OverlapSet(string Dataset, string Split, IReadOnlyList<TestPictureOverlap> Pictures,
    IReadOnlyDictionary<SkipReason, long> Skipped, IReadOnlyList<OverlapAccuracy> Measured)
{
    /// <summary>How many of its pictures were seen in training.</summary>
    public SeenShare Overlap(OverlapRule rule) => new(Pictures.Count(picture => picture.IsOverlap(rule)), Pictures.Count);

    /// <summary>Overlap first, then by hash, then by vectors, the likest first.</summary>
    internal static IReadOnlyList<TestPictureOverlap> InOrder(IEnumerable<TestPictureOverlap> pictures, OverlapRule rule) =>
        [.. pictures.Select(picture => (Picture: picture, Pair: picture.Deciding(rule)))
            .OrderBy(entry => rule.Holds(entry.Pair) ? 0 : 1)
            .ThenBy(entry => entry.Pair.HashDistance).ThenByDescending(entry => entry.Pair.Cosine)
            .ThenBy(entry => entry.Picture.Test.Id, StringComparer.Ordinal).Select(entry => entry.Picture)];
}
