using ClipSharp.Data.Sets;

namespace ClipSharp.Data.Batches.Orders;

/// <summary>Lanes that read pieces of parts, each from a random place on: with replacement, each sample as often as any other of
/// its source.</summary>
/// <param name="set">The samples.</param>
/// <param name="seed">The run's seed.</param>
/// <param name="batchSize">B.</param>
/// <param name="sources">How often each is drawn.</param>
internal sealed class DrawnLanes(ITrainingSet set, long seed, int batchSize, WeightedSources sources) : ILanes
{
    private const int MostOfPiece = 64;

    private readonly long[] _starts = [.. set.PartStarts];

    /// <summary>No end: windows of one row of epochs.</summary>
    public long StepsPerEpoch => long.MaxValue / batchSize;

    /// <inheritdoc/>
    public IEnumerable<RunOfSamples> Runs(long epoch, int rowsBefore, long start, int count)
    {
        for (var end = start + count; start < end; start += MostOfPiece)
        {
            var random = new RandomStream(seed, RandomPurpose.SampleDraw, start, rowsBefore);
            foreach (var run in Piece(sources.Draw(ref random), (int)Math.Min(MostOfPiece, end - start)))
            {
                yield return run;
            }
        }
    }

    /// <inheritdoc/>
    public long RoundOf(long step, int row) => checked((step * batchSize) + row);

    // From a sample on, and from the part's beginning where it ends.
    private IEnumerable<RunOfSamples> Piece(long sample, int count)
    {
        var place = Array.BinarySearch(_starts, sample);
        var part = place < 0 ? ~place - 1 : place;
        while (_starts[part + 1] == _starts[part])
        {
            part++; // an empty part begins where the next one does
        }

        while (count > 0)
        {
            var taken = (int)Math.Min(count, _starts[part + 1] - sample);
            yield return new RunOfSamples(sample, taken);
            (sample, count) = (_starts[part], count - taken);
        }
    }
}
