using System.Globalization;

namespace ClipSharp.Evaluation.Statistics;

/// <summary>Whether the rows of two models are of the same samples.</summary>
internal static class PairedRows
{
    private const string Remedy = "Measure both models on the same split with the same class names.";

    /// <exception cref="ClipException">Rows differ in what they are of or in what is true.</exception>
    public static void Require(Outcomes first, Outcomes second)
    {
        var (onlyFirst, onlySecond) = (Missing(first, second), Missing(second, first));
        if (onlyFirst.Count > 0 || onlySecond.Count > 0)
        {
            var example = onlyFirst.Concat(onlySecond).First();
            throw Differ("are not of the same samples", string.Create(CultureInfo.InvariantCulture,
                $"{onlyFirst.Count} rows only in the first, {onlySecond.Count} only in the second, such as \"{example}\""),
                "the same ids");
        }

        var places = Count(first, row => first[row].Id != second[row].Id || first.Unit(row) != second.Unit(row));
        if (places > 0)
        {
            throw Differ("are not in the same order",
                string.Create(CultureInfo.InvariantCulture, $"{places} of {first.Count} rows elsewhere"), "the same order");
        }

        var truths = Count(first, row => Truth(first[row]) != Truth(second[row]));
        if (truths > 0 || first.ClassCount != second.ClassCount)
        {
            throw Differ("do not agree on what is true", string.Create(CultureInfo.InvariantCulture,
                $"{truths} of {first.Count} rows with another truth, {first.ClassCount} and {second.ClassCount} classes"),
                "the same truth");
        }
    }

    private static (int Class, bool IsPositive, bool IsIgnored, int Group) Truth(in Outcome row) =>
        (row.Class, row.IsPositive, row.IsIgnored, row.Group);

    // Ids that a side has more often than the other, each as often as that.
    private static List<string> Missing(Outcomes here, Outcomes there)
    {
        var left = there.Rows.CountBy(row => row.Id).ToDictionary(StringComparer.Ordinal);
        return [.. here.Rows.Select(row => row.Id).Where(id =>
        {
            left[id] = left.GetValueOrDefault(id) - 1;
            return left[id] < 0;
        })];
    }

    private static int Count(Outcomes outcomes, Predicate<int> isWrong) =>
        Enumerable.Range(0, outcomes.Count).Count(row => isWrong(row));

    private static ClipException Differ(string how, string found, string expected) =>
        new(ClipError.Data, $"The results of two models {how}", "comparison", found, expected, Remedy);
}
