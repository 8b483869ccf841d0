using System.Globalization;
using ClipSharp.Cli.Rendering;
using ClipSharp.Evaluation;
using ClipSharp.Evaluation.Metrics;
using ClipSharp.Evaluation.Reports;
using static System.FormattableString;

namespace ClipSharp.Cli.Commands.Evaluating;

/// <summary>Results for people.</summary>
internal static class EvalTables
{
    /// <summary>One result with all its metrics.</summary>
    public static void Print(BenchmarkReport report, Output output)
    {
        output.Line($"{report.Model} on {report.Dataset}, {report.Split}: {report.Task}");
        output.Table([new("metric"), new("value", IsNumber: true), new("95% interval"), new("samples", IsNumber: true)],
            report.Metrics.Select(metric => (string[])
                [metric.Name, Number(metric, metric.Value), Interval(metric), Invariant($"{metric.Samples:N0}")]));
        var ties = report.Metrics.Where(metric => metric.Ties > 0).ToList();
        if (ties.Count > 0)
        {
            output.Note("ties, of which each counts its share: "
                + string.Join(", ", ties.Select(metric => Invariant($"{metric.Name} {metric.Ties:N0} of {metric.Samples:N0}"))));
        }

        if (report.Skipped is { } skipped)
        {
            output.Note("left out: " + string.Join(", ", skipped.Select(reason => Invariant($"{reason.Value:N0} {reason.Key}"))));
        }
    }

    /// <summary>The main metric of each of several results.</summary>
    public static void PrintSummary(IReadOnlyList<BenchmarkReport> reports, Output output)
    {
        output.Line("All results");
        output.Table(
            [new("data set"), new("split"), new("task"), new("model"), new("metric"), new("value", IsNumber: true),
                new("95% interval"), new("above chance", IsNumber: true)],
            reports.OrderBy(report => report.Dataset, StringComparer.Ordinal)
                .ThenBy(report => report.Split, StringComparer.Ordinal)
                .ThenBy(report => report.Task, StringComparer.Ordinal).Select(report =>
                {
                    var metric = report.Main ?? report.Metrics[0];
                    return (string[])[report.Dataset, report.Split, report.Task, report.Model, metric.Name,
                        Number(metric, metric.Value), Interval(metric),
                        metric.Normalised is { } above && double.IsFinite(above) ? Invariant($"{above:0.0%}") : ""];
                }));
    }

    /// <summary>Models on the same pictures, two and two.</summary>
    public static void PrintComparisons(IReadOnlyList<ModelComparison> comparisons, Output output)
    {
        if (comparisons.Count == 0)
        {
            return;
        }

        output.Line("Is one model better? The same pictures for both; p-values are raised for the number of tests (Holm).");
        output.Table(
            [new("data set"), new("split"), new("task"), new("metric"), new("first"), new("second"),
                new("difference", IsNumber: true), new("95% interval"), new("p", IsNumber: true), new("verdict")],
            comparisons.Select(pair => (string[])
            [
                pair.First.Dataset, pair.First.Split, pair.First.Task, pair.Compared.Metric, pair.First.Model, pair.Second.Model,
                Difference(pair, pair.Compared.Difference),
                $"{Difference(pair, pair.Compared.Low)} to {Difference(pair, pair.Compared.High)}",
                pair.RaisedPValue < 0.0001 ? "<0.0001" : Invariant($"{pair.RaisedPValue:0.####}"),
                pair.IsShown ? $"{pair.Better.Model} is better" : "no difference shown",
            ]));
    }

    private static string Difference(ModelComparison pair, double difference) =>
        pair.First.Main!.Value.Unit is MetricUnit.Share or MetricUnit.ErrorShare
            ? (100 * difference).ToString("+0.0;-0.0;0.0", CultureInfo.InvariantCulture)
            : difference.ToString("+0.000;-0.000;0.000", CultureInfo.InvariantCulture);

    // Below five classes there are no five best.
    private static string Number(MetricValue metric, double value) => !double.IsFinite(value) ? "none" : metric.Unit switch
    {
        MetricUnit.Share or MetricUnit.ErrorShare => Invariant($"{value:0.0%}"),
        MetricUnit.Rank => Invariant($"{value:0.0}"),
        _ when Math.Abs(value) is > 0 and < 0.001 => Invariant($"{value:0.##e+0}"),
        _ => Invariant($"{value:0.###}"),
    };

    private static string Interval(MetricValue metric) =>
        metric is { Low: { } low, High: { } high } ? $"{Number(metric, low)} to {Number(metric, high)}" : "";
}
