using ClipSharp.Data.Sets;

namespace ClipSharp.Data.Batches.Orders;

/// <summary>Lanes in which every sample comes once an epoch: parts in random order, laid end to end from a random place, cut into
/// as many pieces as there are lanes. Samples left over at the end, fewer than a batch, wait for the next epoch.</summary>
/// <param name="set">At least a batch of samples.</param>
/// <param name="seed">The run's seed.</param>
/// <param name="batchSize">B.</param>
internal sealed class EpochLanes(ITrainingSet set, long seed, int batchSize) : ILanes
{
    private readonly Lock _gate = new();
    private readonly IReadOnlyList<long> _starts = set.PartStarts;
    private readonly Layout?[] _cached = new Layout?[2]; // an epoch and the next, towards its end

    /// <inheritdoc/>
    public long StepsPerEpoch => set.Count / batchSize;

    /// <inheritdoc/>
    public IEnumerable<RunOfSamples> Runs(long epoch, int rowsBefore, long start, int count)
    {
        var layout = Of(epoch);
        var position = (layout.Rotation + (StepsPerEpoch * rowsBefore) + start) % set.Count;
        var place = Array.BinarySearch(layout.Ends, position + 1);
        for (place = place < 0 ? ~place : place; count > 0; place = (place + 1) % layout.Ends.Length)
        {
            var part = layout.Parts[place];
            var length = _starts[part + 1] - _starts[part];
            var within = position - (layout.Ends[place] - length);
            var taken = (int)Math.Min(count, length - within);
            if (taken > 0)
            {
                yield return new RunOfSamples(_starts[part] + within, taken);
            }

            (position, count) = ((position + taken) % set.Count, count - taken);
        }
    }

    /// <inheritdoc/>
    public long RoundOf(long step, int row) => step / StepsPerEpoch;

    private Layout Of(long epoch)
    {
        lock (_gate)
        {
            if (Array.Find(_cached, one => one?.Epoch == epoch) is not { } layout)
            {
                var parts = Enumerable.Range(0, _starts.Count - 1).Where(part => _starts[part + 1] > _starts[part]).ToArray();
                var random = new RandomStream(seed, RandomPurpose.ShardOrder, epoch);
                random.Shuffle(parts.AsSpan());
                var ends = new long[parts.Length];
                for (var (place, end) = (0, 0L); place < parts.Length; place++)
                {
                    ends[place] = end += _starts[parts[place] + 1] - _starts[parts[place]];
                }

                layout = new Layout(epoch, parts, ends, random.NextInt64(set.Count));
                (_cached[0], _cached[1]) = (layout, _cached[0]);
            }

            return layout;
        }
    }

    // Where each part ends in the epoch's sequence, and from where in it the first lane begins.
    private sealed record Layout(long Epoch, int[] Parts, long[] Ends, long Rotation);
}
