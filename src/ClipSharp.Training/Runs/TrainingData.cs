using System.Diagnostics;
using System.Globalization;
using ClipSharp.Data.Batches;
using ClipSharp.Data.Sets;
using ClipSharp.Data.ShardIndex;
using ClipSharp.Training.Ranks;

namespace ClipSharp.Training.Runs;

/// <summary>What a run learns from, as its options say.</summary>
internal static class TrainingData
{
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <summary>Opens the data, and tells what is in it.</summary>
    /// <exception cref="ClipException">There is none, or too much of it is left out.</exception>
    public static ITrainingSet Open(TrainOptions options, Action<TrainingEvent> tell, CancellationToken cancel)
    {
        var clock = Stopwatch.StartNew();
        var next = Silence;
        var set = TrainingSets.Open(options.TrainData!, options.DataOptions(), options.IndexCache,
            ofSources: options.TrainDataUpsamplingFactors is not null, Show, cancel);
        tell(new TrainingNote(FormattableString.Invariant(
            $"Data: {set.Count:N0} pictures, {set.CaptionCount:N0} captions ({(double)set.CaptionCount / set.Count:0.0} a picture)")));
        foreach (var note in set.Notes)
        {
            tell(new TrainingNote(note));
        }

        if (set.Skips.Total > 0)
        {
            tell(new TrainingWarning($"Left out: {set.Skips}"));
        }

        options.SkipLimit.Require(set);
        if (set.Count < options.BatchSize && !options.DatasetResampled)
        {
            tell(new TrainingWarning(FormattableString.Invariant(
                $"A batch of {options.BatchSize:N0} holds some of the {set.Count:N0} pictures more than once, as each other's negatives; lower --batch-size.")));
        }

        return set;

        void Show(ShardIndexProgress progress)
        {
            if (clock.Elapsed >= next)
            {
                next = clock.Elapsed + Interval;
                tell(new TrainingPreparation(progress.Describe(clock.Elapsed)));
            }
        }
    }

    /// <summary>The order of samples, decided by the first process where the options leave it open: that may hang on the room
    /// that it has, which is another one elsewhere or tomorrow.</summary>
    /// <param name="options">The run's.</param>
    /// <param name="set">The data.</param>
    /// <param name="ranks">The processes.</param>
    /// <param name="goesOn">Whether the run has a checkpoint, which leaves the order open, too.</param>
    /// <param name="tell">Gets what was decided where it is told by nothing else.</param>
    public static DataOrder OrderOf(TrainOptions options, ITrainingSet set, ICollective ranks, bool goesOn,
        Action<TrainingEvent> tell)
    {
        if (options.DataOrder != DataOrder.Auto)
        {
            return options.DataOrder;
        }

        var order = Enum.Parse<DataOrder>(ranks.Told(BatchPlan.OrderFor(set).ToString()));
        if (goesOn)
        {
            tell(new TrainingNote($"The checkpoint leaves the data order open: {Spelling.Of(order)} from here on"));
        }
        else if (order == DataOrder.Shards)
        {
            tell(new TrainingNote($"Data order: {Spelling.Of(order)}"));
        }

        return order;
    }

    /// <summary>The order of batches, and what it is where the options leave it open.</summary>
    /// <exception cref="ClipException">The weights of sources do not fit.</exception>
    public static BatchPlan Plan(TrainOptions options, ITrainingSet set) =>
        new(set, options.Seed, options.BatchSize, new BatchPlanOptions
        {
            CaptionChoice = options.CaptionCfg.Choice,
            CaptionJoinProb = options.CaptionCfg.JoinProb,
            ShufflePairs = options.ShufflePairs,
            AvoidDuplicates = options.AvoidDuplicates,
            Order = options.DataOrder,
            Resampled = options.DatasetResampled,
            SourceFactors = Factors(options.TrainDataUpsamplingFactors) ?? [],
        });

    /// <summary>The weights of the sources; null where they are no numbers from 0 of which one is more.</summary>
    /// <param name="text">As open_clip's flag has them: <c>1::2::0.5</c>; null = none.</param>
    public static IReadOnlyList<double>? Factors(string? text)
    {
        var factors = (text?.Split("::", StringSplitOptions.TrimEntries) ?? [])
            .Select(part => double.TryParse(part, NumberStyles.Float, CultureInfo.InvariantCulture, out var factor) ? factor : -1)
            .ToList();
        return factors.TrueForAll(factor => factor >= 0 && double.IsFinite(factor)) && (text is null || factors.Sum() > 0)
            ? factors
            : null;
    }
}
