using ClipSharp.Evaluation.Metrics;
using ClipSharp.Evaluation.Sets.Selection;

namespace ClipSharp.Evaluation.Tasks.Selection;

/// <summary>Choosing the pictures that a word has to do with (WinoGAViL, Bitton et al. 2022): as many as there are, the nearest
/// by cosine. An item scores Jaccard's index, the common pictures over all that were chosen or meant; where pictures score the
/// same at the border, the mean over all choices among them.</summary>
internal static class PictureAssociation
{
    /// <summary>The result of scored items.</summary>
    /// <param name="items">N items with the cosines of their pictures.</param>
    public static TaskResult Of(IReadOnlyList<(SelectionItem Item, float[] Cosines)> items)
    {
        var all = items.Select(item => (item.Item.Pictures.Count, Chance: Jaccard(item.Item, new float[item.Cosines.Length]),
            Row: new Outcome(item.Item.Id) { Score = Jaccard(item.Item, item.Cosines) })).ToList();
        // DataComp's names: items of 5 and 6 pictures, and those of 10 and 12.
        (string Metric, string Part, int Least, int Most)[] parts =
        [
            ("avg_jaccard_score", "", 0, int.MaxValue),
            ("jaccard_score_5-6", "5-6", 0, 6),
            ("jaccard_score_10-12", "10-12", 10, int.MaxValue),
        ];
        return new TaskResult([.. from part in parts
                                  let rows = all.Where(row => row.Count >= part.Least && row.Count <= part.Most).ToList()
                                  where rows.Count > 0
                                  select new MeasuredOutcomes(
                                      new Outcomes([.. rows.Select(row => row.Row)]) { Part = part.Part },
                                      [new MeanShare(part.Metric, rows.Average(row => row.Chance))])]);
    }

    /// <summary>The index of an item, over all orders of pictures that score the same.</summary>
    internal static double Jaccard(SelectionItem item, ReadOnlySpan<float> cosines)
    {
        bool[] isMeant = [.. item.CaptionOfPicture.Select(caption => caption >= 0)];
        var meant = isMeant.Count(own => own);
        float[] order = [.. cosines];
        Array.Sort(order, (a, b) => b.CompareTo(a));
        var border = order[meant - 1];
        var (sure, hits, tied, tiedMeant) = (0, 0, 0, 0);
        for (var picture = 0; picture < cosines.Length; picture++)
        {
            sure += cosines[picture] > border ? 1 : 0;
            hits += cosines[picture] > border && isMeant[picture] ? 1 : 0;
            tied += cosines[picture] == border ? 1 : 0;
            tiedMeant += cosines[picture] == border && isMeant[picture] ? 1 : 0;
        }

        // Hypergeometric: of the tied ones so many fill the places that are left.
        var left = meant - sure;
        var sum = 0.0;
        for (var more = Math.Max(0, left - (tied - tiedMeant)); more <= Math.Min(left, tiedMeant); more++)
        {
            var ways = Choices(tiedMeant, more) * Choices(tied - tiedMeant, left - more) / Choices(tied, left);
            sum += ways * (hits + more) / ((2 * meant) - hits - more);
        }

        return sum;
    }

    private static double Choices(int of, int taken)
    {
        var ways = 1.0;
        for (var i = 1; i <= taken; i++)
        {
            ways *= (double)(of - taken + i) / i;
        }

        return ways;
    }
}
