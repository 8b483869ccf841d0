using ClipSharp.Data.Sources;
using ClipSharp.Evaluation.Overlaps.Accuracy;

namespace ClipSharp.Evaluation.Overlaps;

/// <summary>All that a study reads, found before any work: what is not there is told before a model loads.</summary>
public sealed class OverlapPlan
{
    private OverlapPlan(OverlapOptions options, IReadOnlyList<BenchmarkFolder> sets, TrainingPlaces training,
        IReadOnlyList<MeasuredSet> measured) =>
        (Options, Sets, Training, Measured) = (options, sets, training, measured);

    /// <summary>What was asked for.</summary>
    public OverlapOptions Options { get; }

    /// <summary>The test sets.</summary>
    public IReadOnlyList<BenchmarkFolder> Sets { get; }

    internal TrainingPlaces Training { get; }

    internal IReadOnlyList<MeasuredSet> Measured { get; }

    /// <summary>Looks for all of it.</summary>
    /// <exception cref="ClipException">Something is not there, or outcomes are of another set.</exception>
    public static OverlapPlan Make(OverlapOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Rule.Validated();
        var sets = options.Datasets
            .Select(name => BenchmarkFolder.Find(name, options.Split, options.DatasetRoot, options.DataOptions))
            .DistinctBy(set => set.Data).ToList();
        foreach (var set in sets)
        {
            SampleSources.Open(set.Data, options.DataOptions);
        }

        var measured = options.Outcomes.Distinct().Select(MeasuredSet.Read).ToList();
        if (measured.Find(one => !sets.Exists(one.IsOn)) is { } stray)
        {
            throw new ClipException(ClipError.Usage, "The outcomes are of another set", stray.Path,
                $"{stray.Report.Dataset}, {stray.Report.Split}",
                string.Join(" or ", sets.Select(set => $"{set.Dataset}, {set.Split}")), "Name that set with --dataset, too.");
        }

        return new OverlapPlan(options, sets, TrainingPlaces.Find(options.Train, options.DataOptions), measured);
    }
}
