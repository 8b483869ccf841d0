namespace ClipSharp.Data.Batches.Orders;

/// <summary>Which samples make up the k-th batch: a pure function of the data, a seed and k. Thread-safe.</summary>
internal interface ISampleOrder
{
    /// <summary>Batches until all samples came round, at least 1.</summary>
    long StepsPerEpoch { get; }

    /// <summary>The samples of a batch, [B].</summary>
    /// <param name="step">k, from 0.</param>
    PlannedSample[] Batch(long step);

    /// <summary>The batches that are read together with the k-th; null where each sample is read by itself.</summary>
    OrderWindow? WindowOf(long step);

    /// <summary>The runs of that window alone, which is quick for any step.</summary>
    WindowRuns? RunsOf(long step);
}
