using ClipSharp.Data.Sets;

namespace ClipSharp.Data.Batches.Orders;

/// <summary>Every place of every batch is drawn by itself, with replacement.</summary>
/// <param name="set">The samples.</param>
/// <param name="seed">The run's seed.</param>
/// <param name="batchSize">B.</param>
/// <param name="sources">How often each is drawn.</param>
internal sealed class IndependentDraws(ITrainingSet set, long seed, int batchSize, WeightedSources sources) : ISampleOrder
{
    /// <inheritdoc/>
    public long StepsPerEpoch => Math.Max(1, set.Count / batchSize);

    /// <inheritdoc/>
    public PlannedSample[] Batch(long step)
    {
        var batch = new PlannedSample[batchSize];
        for (var row = 0; row < batchSize; row++)
        {
            var random = new RandomStream(seed, RandomPurpose.SampleDraw, step, row);
            batch[row] = new PlannedSample(sources.Draw(ref random), checked((step * batchSize) + row));
        }

        return batch;
    }

    /// <inheritdoc/>
    public OrderWindow? WindowOf(long step) => null;

    /// <inheritdoc/>
    public WindowRuns? RunsOf(long step) => null;
}
