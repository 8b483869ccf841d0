using ClipSharp.Data.Captions;
using ClipSharp.Data.Index;

namespace ClipSharp.Data.Batches;

/// <summary>One place in a batch.</summary>
/// <param name="Sample">The sample whose picture is used.</param>
/// <param name="Epoch">How many times all samples came round before; with the sample it keys all random choices.</param>
public readonly record struct PlannedSample(int Sample, long Epoch);

/// <summary>Which samples make up the k-th batch: a pure function of (index, seed, batch size, options, k), so that a run
/// stopped after step k goes on with step k + 1 as if nothing had happened. Nothing else draws random numbers for data.
/// Thread-safe.</summary>
/// <remarks>Each epoch is a fresh shuffle; samples left over at its end (fewer than a batch) wait for the next one.
/// With fewer samples than a batch, batches run on across epochs.</remarks>
public sealed class BatchPlan
{
    private readonly Lock _gate = new();
    private readonly SampleIndex _index;
    private readonly long _seed;
    private readonly BatchPlanOptions _options;
    private readonly int[]? _captionOwner; // whose captions a sample has, where pairs are shuffled
    private readonly int[]? _groups; // equal numbers: equal first captions
    private (long Epoch, int[] Order) _cached = (-1, []);

    /// <param name="index">The samples.</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="batchSize">B, over all ranks.</param>
    /// <param name="options">Captions and order.</param>
    /// <exception cref="ClipException">A sample has no caption.</exception>
    public BatchPlan(SampleIndex index, long seed, int batchSize, BatchPlanOptions? options = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(batchSize, 1);
        (_index, _seed, BatchSize, _options) = (index, seed, batchSize, options ?? new BatchPlanOptions());
        for (var sample = 0; sample < index.Count; sample++)
        {
            if (index.Captions(sample).IsEmpty)
            {
                throw new ClipException(ClipError.Data, "A sample has no caption", index.Picture(sample).File.Path,
                    $"{index.Key(sample)} with a class only", "a caption for every sample",
                    "Index the data with SampleNeed.Caption to leave such samples out.");
            }
        }

        _captionOwner = _options.ShufflePairs ? Derangement(index.Count, seed) : null;
        _groups = _options.AvoidDuplicates && index.Count >= batchSize ? Groups() : null;
    }

    /// <summary>N, samples of an epoch.</summary>
    public int SampleCount => _index.Count;

    /// <summary>B, over all ranks.</summary>
    public int BatchSize { get; }

    /// <summary>Batches of an epoch, at least 1.</summary>
    public long StepsPerEpoch => Math.Max(1, SampleCount / BatchSize);

    /// <summary>The samples of a batch, [B].</summary>
    /// <param name="step">k, from 0.</param>
    public PlannedSample[] Batch(long step)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        var batch = new PlannedSample[BatchSize];
        for (var i = 0; i < batch.Length; i++)
        {
            var (epoch, place) = SampleCount >= BatchSize
                ? (step / StepsPerEpoch, (step % StepsPerEpoch * BatchSize) + i)
                : Math.DivRem(checked((step * BatchSize) + i), SampleCount);
            batch[i] = new PlannedSample(Order(epoch)[place], epoch);
        }

        return batch;
    }

    /// <summary>The caption that goes with a picture in an epoch.</summary>
    public string Caption(PlannedSample planned)
    {
        var captions = _index.Captions(CaptionOwner(planned.Sample));
        if (_index.CaptionShares(CaptionOwner(planned.Sample)) is { IsEmpty: false } shares)
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

    /// <summary>The random numbers for changing a picture.</summary>
    public RandomStream Augmentation(PlannedSample planned) =>
        new(_seed, RandomPurpose.Augmentation, planned.Epoch, planned.Sample);

    /// <summary>The random numbers for varying a caption's text.</summary>
    public RandomStream CaptionVariation(PlannedSample planned) =>
        new(_seed, RandomPurpose.CaptionVariation, planned.Epoch, planned.Sample);

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

    private int CaptionOwner(int sample) => _captionOwner is null ? sample : _captionOwner[sample];

    private int[] Order(long epoch)
    {
        lock (_gate)
        {
            if (_cached.Epoch != epoch)
            {
                var order = Enumerable.Range(0, SampleCount).ToArray();
                var random = new RandomStream(_seed, RandomPurpose.SampleOrder, epoch);
                random.Shuffle(order.AsSpan());
                _cached = (epoch, _groups is null ? order : SpreadDuplicates(order, _groups));
            }

            return _cached.Order;
        }
    }

    // Batch by batch: whoever meets its equal waits for a later batch. The last ones may have to sit together.
    private int[] SpreadDuplicates(int[] order, int[] groups)
    {
        var result = new List<int>(order.Length);
        var waiting = new Queue<int>();
        var present = new HashSet<int>();
        var next = 0;
        while (result.Count < order.Length)
        {
            present.Clear();
            var end = Math.Min(result.Count + BatchSize, order.Length);
            for (var tries = Math.Min(waiting.Count, BatchSize); tries > 0; tries--)
            {
                Seat(waiting.Dequeue());
            }

            while (result.Count < end && next < order.Length)
            {
                Seat(order[next++]);
            }

            while (result.Count < end)
            {
                result.Add(waiting.Dequeue());
            }

            void Seat(int sample)
            {
                if (result.Count < end && present.Add(groups[sample]))
                {
                    result.Add(sample);
                }
                else
                {
                    waiting.Enqueue(sample);
                }
            }
        }

        return [.. result];
    }

    private int[] Groups()
    {
        var numbers = new Dictionary<string, int>(StringComparer.Ordinal);
        var groups = new int[SampleCount];
        for (var sample = 0; sample < groups.Length; sample++)
        {
            var first = _index.Captions(CaptionOwner(sample))[0];
            numbers.TryAdd(first, numbers.Count);
            groups[sample] = numbers[first];
        }

        return groups;
    }

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
