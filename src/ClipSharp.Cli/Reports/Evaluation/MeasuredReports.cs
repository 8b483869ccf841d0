using ClipSharp.Evaluation;
using ClipSharp.Evaluation.Reports;

namespace ClipSharp.Cli.Reports.Evaluation;

/// <summary>The reports of a page: many models on many sets, and what each is called. Where a model was measured twice on a set
/// by a task, its last report counts.</summary>
internal sealed class MeasuredReports
{
    private readonly Dictionary<string, string> _modelNames;
    private readonly HashSet<string> _splitSets;
    private readonly string[] _models;

    /// <param name="reports">At least one, in the order in which the page shows models and tasks.</param>
    public MeasuredReports(IReadOnlyList<MeasuredReport> reports)
    {
        All = [.. reports.GroupBy(report => (BenchmarkTable.FullName(report.Report), report.Report.Dataset,
            report.Report.Split, report.Report.Task)).Select(group => group.Last())];
        LeftOut = reports.Count - All.Count;
        _modelNames = Names(All.Select(report => report.Report).DistinctBy(BenchmarkTable.FullName));
        _models = [.. _modelNames.Values];
        _splitSets = [.. All.Select(report => (report.Report.Dataset, report.Report.Split)).Distinct()
            .CountBy(set => set.Dataset).Where(count => count.Value > 1).Select(count => count.Key)];
        Sets = [.. All.Select(SetOf).Distinct()];
    }

    /// <summary>Each once.</summary>
    public IReadOnlyList<MeasuredReport> All { get; }

    /// <summary>How many were measured again later.</summary>
    public int LeftOut { get; }

    /// <summary>What the models are called, in the order of their colours.</summary>
    public IReadOnlyList<string> Models => _models;

    /// <summary>What the sets are called.</summary>
    public IReadOnlyList<string> Sets { get; }

    /// <summary>A model's place among <see cref="Models"/>.</summary>
    public int ModelIndex(MeasuredReport report) => Array.IndexOf(_models, ModelOf(report));

    /// <summary>What its model is called on this page.</summary>
    public string ModelOf(MeasuredReport report) => _modelNames[BenchmarkTable.FullName(report.Report)];

    /// <summary>What its set is called: with the split where there are several of it.</summary>
    public string SetOf(MeasuredReport report) => _splitSets.Contains(report.Report.Dataset)
        ? $"{report.Report.Dataset} · {report.Report.Split}"
        : report.Report.Dataset;

    /// <summary>The report of a model on a set.</summary>
    /// <param name="model">One of <see cref="Models"/>.</param>
    /// <param name="set">One of <see cref="Sets"/>.</param>
    /// <param name="isMeant">Which of its tasks.</param>
    public MeasuredReport? Find(string model, string set, Func<MeasuredReport, bool> isMeant) =>
        All.FirstOrDefault(report => ModelOf(report) == model && SetOf(report) == set && isMeant(report));

    // Where names repeat, the weights are told too, by as much of their path as tells them apart.
    private static Dictionary<string, string> Names(IEnumerable<BenchmarkReport> models)
    {
        var names = new Dictionary<string, string>();
        foreach (var group in models.GroupBy(model => model.Model))
        {
            var paths = group.Select(model => model.Pretrained.Split('/', '\\')).ToList();
            foreach (var model in group)
            {
                var path = model.Pretrained.Split('/', '\\');
                var parts = Enumerable.Range(1, path.Length)
                    .FirstOrDefault(count => paths.Count(other => other.TakeLast(count).SequenceEqual(path.TakeLast(count))) == 1,
                        path.Length);
                names[BenchmarkTable.FullName(model)] = paths.Count == 1 ? model.Model
                    : $"{model.Model} ({string.Join('/', path.TakeLast(parts))})";
            }
        }

        return names;
    }
}
