using ClipSharp.Data.Sets;

namespace ClipSharp.Data.Batches.Orders;

/// <summary>Each epoch is a fresh shuffle of all samples; those left over at its end, fewer than a batch, wait for the next one.
/// With fewer samples than a batch, batches run on across epochs.</summary>
internal sealed class GlobalOrder : ISampleOrder
{
    private readonly Lock _gate = new();
    private readonly long _seed;
    private readonly int _count, _batchSize;
    private readonly ulong[]? _groups; // equal numbers: equal first captions
    private (long Epoch, int[] Order) _cached = (-1, []);

    /// <param name="set">The samples.</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="batchSize">B.</param>
    /// <param name="captionOf">Whose first captions are kept apart, sample by sample; null = none are.</param>
    /// <exception cref="ClipException">There are more samples than an array holds.</exception>
    public GlobalOrder(ITrainingSet set, long seed, int batchSize, Func<long, ulong>? captionOf)
    {
        if (set.Count > Array.MaxLength)
        {
            throw new ClipException(ClipError.Usage, "Too many samples for one shuffle", "--data-order",
                FormattableString.Invariant($"{set.Count:N0} samples"),
                FormattableString.Invariant($"at most {Array.MaxLength:N0}"), "Take --data-order shards.");
        }

        (_seed, _count, _batchSize) = (seed, (int)set.Count, batchSize);
        if (captionOf is not null && _count >= batchSize)
        {
            _groups = new ulong[_count];
            for (var sample = 0; sample < _count; sample++)
            {
                _groups[sample] = captionOf(sample);
            }
        }
    }

    /// <inheritdoc/>
    public long StepsPerEpoch => Math.Max(1, _count / _batchSize);

    /// <inheritdoc/>
    public PlannedSample[] Batch(long step)
    {
        var batch = new PlannedSample[_batchSize];
        for (var i = 0; i < batch.Length; i++)
        {
            var (epoch, place) = _count >= _batchSize
                ? (step / StepsPerEpoch, (step % StepsPerEpoch * _batchSize) + i)
                : Math.DivRem(checked((step * _batchSize) + i), _count);
            batch[i] = new PlannedSample(Order(epoch)[place], epoch);
        }

        return batch;
    }

    /// <inheritdoc/>
    public OrderWindow? WindowOf(long step) => null;

    /// <inheritdoc/>
    public WindowRuns? RunsOf(long step) => null;

    private int[] Order(long epoch)
    {
        lock (_gate)
        {
            if (_cached.Epoch != epoch)
            {
                var order = Enumerable.Range(0, _count).ToArray();
                var random = new RandomStream(_seed, RandomPurpose.SampleOrder, epoch);
                random.Shuffle(order.AsSpan());
                _cached = (epoch, _groups is null ? order : SpreadDuplicates(order, _groups));
            }

            return _cached.Order;
        }
    }

    // Batch by batch: whoever meets its equal waits for a later batch. The last ones may have to sit together.
    private int[] SpreadDuplicates(int[] order, ulong[] groups)
    {
        var result = new List<int>(order.Length);
        var waiting = new Queue<int>();
        var present = new HashSet<ulong>();
        var next = 0;
        while (result.Count < order.Length)
        {
            present.Clear();
            var end = Math.Min(result.Count + _batchSize, order.Length);
            for (var tries = Math.Min(waiting.Count, _batchSize); tries > 0; tries--)
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
}
