using ClipSharp.Data.Batches.Orders;
using ClipSharp.Data.Captions;
using ClipSharp.Data.Sets;

namespace ClipSharp.Data.Batches;

/// <summary>Which samples make up the k-th batch: a pure function of (data, seed, batch size, options, k), so that a run
/// stopped after step k goes on with step k + 1 as if nothing had happened. Nothing else draws random numbers for data.
/// Thread-safe.</summary>
/// <remarks>Every sample comes once an epoch; those left over at its end (fewer than a batch) wait for the next one. With fewer
/// samples than a batch, batches run on across epochs. Where samples are drawn with replacement there are no epochs.</remarks>
public sealed class BatchPlan
{
    private const long MostShuffledGlobally = 1_000_000;

    private readonly long _seed;
    private readonly BatchPlanOptions _options;
    private readonly ISampleOrder _order;
    private readonly int[]? _captionOwner; // whose captions a sample has, where pairs are shuffled
    private readonly long _captionShift; // the same for sets that are not shuffled globally; 0 = its own

    /// <param name="set">The samples.</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="batchSize">B, over all ranks.</param>
    /// <param name="options">Captions and order.</param>
    /// <exception cref="ClipException">A sample has no caption, or the weights of sources do not fit.</exception>
    public BatchPlan(ITrainingSet set, long seed, int batchSize, BatchPlanOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(set);
        ArgumentOutOfRangeException.ThrowIfLessThan(batchSize, 1);
        (SampleCount, _seed, BatchSize, _options) = (set.Count, seed, batchSize, options ?? new BatchPlanOptions());
        set.RequireCaptions();
        Order = OrderOf(set);
        if (_options.ShufflePairs && Order == DataOrder.Global && SampleCount <= Array.MaxLength)
        {
            _captionOwner = Derangement((int)SampleCount, seed);
        }
        else if (_options.ShufflePairs && SampleCount > 1)
        {
            _captionShift = 1 + new RandomStream(seed, RandomPurpose.PairShuffle).NextInt64(SampleCount - 1);
        }

        Func<long, ulong>? kept = _options.AvoidDuplicates ? sample => set.CaptionHash(CaptionOwner(sample)) : null;
        var sources = _options.Resampled ? new WeightedSources(set, _options.SourceFactors) : null;
        _order = (Order, sources) switch
        {
            (DataOrder.Global, null) => new GlobalOrder(set, seed, batchSize, kept),
            (DataOrder.Global, _) => new IndependentDraws(set, seed, batchSize, sources),
            (_, null) => new LaneOrder(new EpochLanes(set, seed, batchSize), SampleCount, seed, batchSize, kept),
            _ => new LaneOrder(new DrawnLanes(set, seed, batchSize, sources), SampleCount, seed, batchSize, kept),
        };
    }

    /// <summary>N, samples of an epoch.</summary>
    public long SampleCount { get; }

    /// <summary>B, over all ranks.</summary>
    public int BatchSize { get; }

    /// <summary>In which order samples come; never <see cref="DataOrder.Auto"/>.</summary>
    public DataOrder Order { get; }

    /// <summary>Whether samples are drawn with replacement.</summary>
    internal bool IsResampled => _options.Resampled;

    /// <summary>Batches of an epoch, at least 1.</summary>
    public long StepsPerEpoch => _order.StepsPerEpoch;

    /// <summary>The samples of a batch, [B].</summary>
    /// <param name="step">k, from 0.</param>
    public PlannedSample[] Batch(long step)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        return _order.Batch(step);
    }

    /// <summary>The caption that goes with a picture in an epoch.</summary>
    /// <param name="planned">The place.</param>
    /// <param name="texts">Those of its <see cref="CaptionOwner"/>.</param>
    public string Caption(PlannedSample planned, SampleTexts texts)
    {
        var captions = texts.Captions.Span;
        if (texts.CaptionShares.Span is { IsEmpty: false } shares)
        {
            return captions[DrawnBy(shares, planned)];
        }

        var (round, turn) = Math.DivRem(planned.Epoch, captions.Length);
        if (_options.CaptionJoinProb > 0
            && new RandomStream(_seed, RandomPurpose.CaptionJoin, planned.Epoch, planned.Sample)
                .NextBool(_options.CaptionJoinProb))
        {
            return string.Join(", ", captions);
        }

        switch (_options.CaptionChoice)
        {
            case CaptionChoice.First:
                return captions[0];
            case CaptionChoice.Cycle:
                return captions[(int)turn];
            default:
                var order = Enumerable.Range(0, captions.Length).ToArray();
                var random = new RandomStream(_seed, RandomPurpose.CaptionChoice, round, planned.Sample);
                random.Shuffle(order.AsSpan());
                return captions[order[turn]];
        }
    }

    /// <summary>Whose captions go with a sample's picture: its own, unless pairs are shuffled.</summary>
    public long CaptionOwner(long sample) =>
        _captionOwner is null ? (sample + _captionShift) % SampleCount : _captionOwner[sample];

    /// <summary>The random numbers for changing a picture.</summary>
    public RandomStream Augmentation(PlannedSample planned) =>
        new(_seed, RandomPurpose.Augmentation, planned.Epoch, planned.Sample);

    /// <summary>The random numbers for varying a caption's text.</summary>
    public RandomStream CaptionVariation(PlannedSample planned) =>
        new(_seed, RandomPurpose.CaptionVariation, planned.Epoch, planned.Sample);

    /// <summary>The batches that are read together with the k-th; null where each sample is read by itself.</summary>
    internal OrderWindow? WindowOf(long step) => _order.WindowOf(step);

    /// <summary>What is read for them, which is quick for any step.</summary>
    internal WindowRuns? RunsOf(long step) => _order.RunsOf(step);

    /// <summary>What <see cref="DataOrder.Auto"/> is for a set: shards where they are many samples, or fetched into a cache that
    /// does not hold them all.</summary>
    internal static DataOrder OrderFor(ITrainingSet set) =>
        set is ISequentialSet files && (set.Count > MostShuffledGlobally || FetchedData.Of(files) is { Fits: false })
            ? DataOrder.Shards
            : DataOrder.Global;

    // Where all shares are 0, the first caption.
    private int DrawnBy(ReadOnlySpan<double> shares, PlannedSample planned)
    {
        var sum = 0.0;
        foreach (var share in shares)
        {
            sum += share;
        }

        var drawn = sum * new RandomStream(_seed, RandomPurpose.CaptionChoice, planned.Epoch, planned.Sample).NextDouble();
        var last = 0;
        for (var i = 0; i < shares.Length; i++)
        {
            last = shares[i] > 0 ? i : last;
            drawn -= shares[i];
            if (shares[i] > 0 && drawn < 0)
            {
                return i;
            }
        }

        return last;
    }

    private DataOrder OrderOf(ITrainingSet set) => _options.Order switch
    {
        _ when set.Count < BatchSize && !_options.Resampled => DataOrder.Global, // batches that run on across epochs
        DataOrder.Auto => OrderFor(set),
        var given => given,
    };

    // One cycle through all samples (Sattolo): nobody keeps his own.
    private static int[] Derangement(int count, long seed)
    {
        var owner = Enumerable.Range(0, count).ToArray();
        var random = new RandomStream(seed, RandomPurpose.PairShuffle);
        for (var i = count - 1; i > 0; i--)
        {
            var j = random.NextInt32(i);
            (owner[i], owner[j]) = (owner[j], owner[i]);
        }

        return owner;
    }
}
