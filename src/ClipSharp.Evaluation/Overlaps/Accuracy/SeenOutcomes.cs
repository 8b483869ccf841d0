using ClipSharp.Evaluation.Reports;
using static System.FormattableString;

namespace ClipSharp.Evaluation.Overlaps.Accuracy;

/// <summary>The outcomes of an evaluation, split by whether their pictures were seen in training.</summary>
public static class SeenOutcomes
{
    /// <summary>Counts right answers among both.</summary>
    /// <param name="path">The JSON of the evaluation, its outcomes beside it.</param>
    /// <param name="report">What it says.</param>
    /// <param name="parts">Its outcomes.</param>
    /// <param name="pictures">The test set.</param>
    /// <param name="rule">What counts as overlap.</param>
    /// <exception cref="ClipException">There is no row a picture, or the rows are not those of this test set (Data).</exception>
    public static OverlapAccuracy Split(string path, BenchmarkReport report, IReadOnlyList<StoredOutcomes> parts,
        IReadOnlyList<TestPictureOverlap> pictures, OverlapRule rule)
    {
        ArgumentNullException.ThrowIfNull(report);
        ArgumentNullException.ThrowIfNull(parts);
        ArgumentNullException.ThrowIfNull(pictures);
        ArgumentNullException.ThrowIfNull(rule);
        var part = parts.FirstOrDefault(HasRowAPicture) ?? throw new ClipException(ClipError.Data,
            "Overlap needs outcomes with one row a picture", path, $"those of {report.Task}",
            "a measurement that is right or wrong about each picture, such as zeroshot_classification",
            "Measure the set with another --task.");
        var isSeen = new Dictionary<string, bool>();
        foreach (var picture in pictures)
        {
            isSeen[NameOf(picture.Test.Id, picture.Test.Place)] = picture.IsOverlap(rule);
        }

        var (clean, overlap) = (new SeenShare(0, 0), new SeenShare(0, 0));
        var (unknown, example) = (0, "");
        for (var row = 0; row < part.Outcomes.Count; row++)
        {
            var outcome = part.Outcomes[row];
            if (outcome.IsIgnored)
            {
                continue;
            }

            var right = outcome.Rank.ShareAt(1);
            if (!isSeen.TryGetValue(NameOf(outcome.Id, part.Pictures[row]), out var seen))
            {
                (unknown, example) = (unknown + 1, unknown == 0 ? outcome.Id : example);
            }
            else if (seen)
            {
                overlap = new SeenShare(overlap.Right + right, overlap.Count + 1);
            }
            else
            {
                clean = new SeenShare(clean.Right + right, clean.Count + 1);
            }
        }

        return unknown == 0
            ? new OverlapAccuracy(report.Model, report.Task, clean, overlap)
            : throw new ClipException(ClipError.Data, "The outcomes are not those of this test set", path,
                Invariant($"{unknown:N0} of {part.Outcomes.Count:N0} rows without their picture, the first {example}"),
                "a row for pictures of the set only", "Measure it again with: clipsharp eval --output");
    }

    // Rows of one picture, as those of its captions or of many labels, are not independent.
    private static bool HasRowAPicture(StoredOutcomes part) => part.Outcomes.AreIndependent
        && Enumerable.Range(0, part.Outcomes.Count).DistinctBy(row => NameOf(part.Outcomes[row].Id, part.Pictures[row])).Count()
            == part.Outcomes.Count
        && Enumerable.Range(0, part.Outcomes.Count).All(row => part.Outcomes[row].Rank.Own > 0);

    // Keys may repeat across shards; folders may have moved since.
    private static string NameOf(string id, PicturePlace? place) =>
        place is null ? id : Invariant($"{id}\n{Path.GetFileName(place.Path)}\n{place.Offset}");
}
