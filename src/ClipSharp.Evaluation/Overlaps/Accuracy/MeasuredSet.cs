using ClipSharp.Evaluation.Reports;

namespace ClipSharp.Evaluation.Overlaps.Accuracy;

/// <summary>An evaluation whose right answers are split by overlap.</summary>
/// <param name="Path">Its JSON.</param>
/// <param name="Report">What it says.</param>
/// <param name="Parts">Its outcomes.</param>
internal sealed record MeasuredSet(string Path, BenchmarkReport Report, IReadOnlyList<StoredOutcomes> Parts)
{
    /// <summary>Reads both files.</summary>
    /// <exception cref="ClipException">One of them is absent or damaged.</exception>
    public static MeasuredSet Read(string path)
    {
        var report = BenchmarkReport.Read(path);
        return report.OutcomesSha256 is { } hash
            ? new MeasuredSet(path, report, OutcomeFile.Read(OutcomeFile.PathOf(path), hash))
            : throw new ClipException(ClipError.Data, "The report has no outcomes", path, "no outcomes_sha256",
                "a report with its outcomes beside it", "Measure again with: clipsharp eval --output");
    }

    /// <summary>Whether it was measured on a set.</summary>
    public bool IsOn(BenchmarkFolder set) => (Report.Dataset, Report.Split) == (set.Dataset, set.Split);
}
