using ClipSharp.Evaluation.Features;
using ClipSharp.Evaluation.Metrics;
using ClipSharp.Evaluation.Statistics;
using ClipSharp.Evaluation.Tasks;
using ClipSharp.Parts;
using ClipSharp.ZeroShot;

namespace ClipSharp.Evaluation;

/// <summary>Measures a model on a data set: reads it, encodes it, evaluates, reports.</summary>
/// <param name="clip">The model.</param>
/// <param name="model">Its name in the report.</param>
/// <param name="pretrained">Where its weights come from, for the report.</param>
/// <param name="cache">Keeps classifiers; null = they are built each time.</param>
/// <param name="features">Keeps features; null = they are computed each time.</param>
public sealed class Benchmark(Clip clip, string model, string pretrained, ClassifierCache? cache = null,
    FeatureStore? features = null)
{
    private readonly FeatureStore _features = features ?? new FeatureStore(null);

    /// <summary>Whether features of pictures must be there, computed by <see cref="EncodePart"/> in several processes: a part
    /// that is missing is an error, and nothing is computed in its place.</summary>
    public bool MergesParts { get; init; }

    /// <summary>Measures what the options name or the data set is for.</summary>
    /// <param name="options">On what and how.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancel">Stops it.</param>
    /// <exception cref="ClipException">The data cannot be used, or does not fit the task or the class names.</exception>
    public BenchmarkReport Run(BenchmarkOptions options, IProgress<BenchmarkProgress>? progress = null,
        CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validated();
        var folder = BenchmarkFolder.Find(options.Data, options.Split, options.DatasetRoot, options.DataOptions);
        return Run(EvaluationTasks.Find(options.Task ?? folder.Task), options, folder, progress, cancel);
    }

    /// <summary>Measures a task of one's own.</summary>
    /// <param name="task">What is measured; <see cref="BenchmarkOptions.Task"/> is passed over.</param>
    /// <param name="options">On what and how.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancel">Stops it.</param>
    /// <exception cref="ClipException">The data cannot be used, or does not fit the task.</exception>
    public BenchmarkReport Run(IEvaluationTask task, BenchmarkOptions options, IProgress<BenchmarkProgress>? progress = null,
        CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(task);
        ArgumentNullException.ThrowIfNull(options);
        options.Validated();
        var folder = BenchmarkFolder.Find(options.Data, options.Split, options.DatasetRoot, options.DataOptions);
        return Run(task, options, folder, progress, cancel);
    }

    /// <summary>Computes and keeps a part of the features of all pictures that <see cref="Run(BenchmarkOptions,
    /// IProgress{BenchmarkProgress}, CancellationToken)"/> will ask for: those of the splits that the task learns from too. What
    /// is there is not computed again.</summary>
    /// <param name="part">Which part.</param>
    /// <param name="options">On what and how.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancel">Stops it; features that are whole stay.</param>
    /// <returns>How many pictures are of this part.</returns>
    /// <exception cref="ClipException">The data cannot be used, or the features not be kept.</exception>
    public long EncodePart(WorkPart part, BenchmarkOptions options, IProgress<BenchmarkProgress>? progress = null,
        CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(part);
        ArgumentNullException.ThrowIfNull(options);
        options.Validated();
        var folder = BenchmarkFolder.Find(options.Data, options.Split, options.DatasetRoot);
        var task = EvaluationTasks.Find(options.Task ?? folder.Task);
        var data = new TaskData(clip, (options with { Task = task.Name }).Validated(), folder, Stores(), progress, cancel);
        return ((IPictureTask)task).Pictures(data).Sum(pictures => data.EncodePart(part, pictures.Index, pictures.Layer));
    }

    private TaskData.Stores Stores() => new(_features, cache, MergesParts);

    private BenchmarkReport Run(IEvaluationTask task, BenchmarkOptions options, BenchmarkFolder folder,
        IProgress<BenchmarkProgress>? progress, CancellationToken cancel)
    {
        options = (options with { Task = task.Name }).Validated();
        var data = new TaskData(clip, options, folder, Stores(), progress, cancel);
        var result = task.Run(data, cancel);
        MetricValue[] metrics = [.. result.Parts.SelectMany(part => part.Metrics.Select(metric => options.Intervals
            ? Intervals.Measure(metric, part.Outcomes, options.Seed, cancel)
            : Intervals.MeasureAlone(metric, part.Outcomes))), .. result.Settings];
        var report = new BenchmarkReport
        {
            Dataset = folder.Dataset,
            Split = folder.Split,
            Model = model,
            Pretrained = pretrained,
            Task = task.Name,
            Metrics = metrics,
            MainMetric = metrics.Select(metric => metric.Name)
                .FirstOrDefault(name => folder.Set is { } set && (name == set.Metric || name == "lp_" + set.Metric)),
            Outcomes = [.. result.Parts.Select(part => part.Outcomes).Distinct()],
            Classnames = result.Classnames,
            Engine = clip.Encoder.Engine,
            Templates = result.Templates,
            ClassnamesSha256 = result.ClassnamesSha256,
            TemplatesSha256 = result.TemplatesSha256,
            Ensemble = result.Ensemble,
            ClassifierSha256 = result.ClassifierSha256,
            WeightsKey = result.WeightsKey,
            Notes = data.Notes is { } noted ? [.. result.Notes ?? [], .. noted] : result.Notes,
            Skipped = data.Skipped(),
        };
        return report with
        {
            MainMeasured = (from part in result.Parts
                            from metric in part.Metrics
                            where metric.Name == report.Main?.Name
                            select ((IMetric, Outcomes)?)(metric, part.Outcomes)).FirstOrDefault(),
        };
    }
}
