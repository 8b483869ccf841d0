using System.Text;
using ClipSharp.Cli.Reports.Charts;
using ClipSharp.Evaluation.Statistics;

namespace ClipSharp.Cli.Reports.Evaluation;

/// <summary>Accuracy under shift over accuracy without, a chart a pair of sets (paper, figure 13).</summary>
internal static class RobustnessSection
{
    private const int FitPoints = 41;

    public static void Append(StringBuilder page, MeasuredReports reports, IReadOnlyList<DistributionShift> shifts)
    {
        var pairs = shifts.Select(shift => (Shift: shift, Points: Points(reports, shift))).Where(pair => pair.Points.Count > 0)
            .ToList();
        if (pairs.Count == 0)
        {
            return;
        }

        page.Append("<h2>Robustness to shift</h2>\n<p class=\"note\">Both axes by the odds. On the dashed line a shift costs nothing; the line with its 95% band is that of the reference models, small grey dots. How far a model stands above it is its effective robustness.</p>\n<div class=\"charts\">\n");
        foreach (var (shift, points) in pairs)
        {
            IReadOnlyList<RobustnessPoint> standing = [.. (shift.Fit?.Models ?? [])
                .Select(model => new RobustnessPoint(-1, model.AccuracyIn, new Dot(model.AccuracyShift, null, null)))];
            ReportPage.AppendChart(page, $"{shift.Shifted} over {shift.Usual}", new RobustnessChart
            {
                Points = [.. standing, .. points],
                Fit = Line(shift.Fit, [.. standing.Concat(points).Select(point => point.Usual)]),
                UsualName = shift.Usual,
                ShiftedName = shift.Shifted,
            }, [.. reports.Models.Select(model => (model, ""))]);
        }

        page.Append("</div>\n");
        foreach (var (shift, points) in pairs)
        {
            ReportPage.AppendFolded(page, $"{shift.Shifted} over {shift.Usual} as a table", () => ReportPage.AppendTable(page,
                ["Model", shift.Usual, shift.Shifted, "Difference, points", "Effective robustness, points"],
                points.Select(point => (IReadOnlyList<string>)[reports.Models[point.Model], MetricText.Percent(point.Usual),
                    MetricText.Percent(point.Shifted.Value), MetricText.Points(point.Shifted.Value - point.Usual),
                    Effective(shift.Fit, point)])));
        }
    }

    private static List<RobustnessPoint> Points(MeasuredReports reports, DistributionShift shift)
    {
        var points = new List<RobustnessPoint>();
        for (var model = 0; model < reports.Models.Count; model++)
        {
            var (usual, shifted) = (Of(shift.Usual, model), Of(shift.Shifted, model));
            if (usual?.Report.Main is { } before && shifted?.Find(before.Name) is { } after)
            {
                points.Add(new RobustnessPoint(model, before.Value, AccuracySection.DotOf(after)));
            }
        }

        return points;

        MeasuredReport? Of(string set, int model) => reports.All.FirstOrDefault(report => ProbeSection.IsZeroShot(report)
            && reports.ModelIndex(report) == model && (reports.SetOf(report) == set || report.Report.Dataset == set));
    }

    private static IReadOnlyList<(double, double, double, double)> Line(RobustnessFit? fit, IReadOnlyList<double> usual)
    {
        if (fit is null)
        {
            return [];
        }

        var (low, high) = (usual.Min(), usual.Max());
        return [.. Enumerable.Range(0, FitPoints).Select(i => low + ((high - low) * i / (FitPoints - 1))).Select(at =>
        {
            var band = fit.Band(at);
            return (at, fit.Expected(at), band.Low, band.High);
        })];
    }

    private static string Effective(RobustnessFit? fit, RobustnessPoint point)
    {
        if (fit is null)
        {
            return "";
        }

        var (value, low, high) = fit.EffectiveRobustness(point.Usual, point.Shifted.Value);
        return $"{MetricText.Points(value)} ({MetricText.Points(low)} to {MetricText.Points(high)})";
    }
}
