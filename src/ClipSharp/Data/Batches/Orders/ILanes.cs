namespace ClipSharp.Data.Batches.Orders;

/// <summary>What each lane of a <see cref="LaneOrder"/> reads: a pure function of data and seed. Thread-safe.</summary>
internal interface ILanes
{
    /// <summary>Steps of an epoch; between two epochs no window runs on.</summary>
    long StepsPerEpoch { get; }

    /// <summary>Some samples of a lane in their order on the disk.</summary>
    /// <param name="epoch">The epoch.</param>
    /// <param name="rowsBefore">Rows of each batch that belong to the lanes before: says which lane it is.</param>
    /// <param name="start">The first place in the lane.</param>
    /// <param name="count">How many.</param>
    IEnumerable<RunOfSamples> Runs(long epoch, int rowsBefore, long start, int count);

    /// <summary>What keys the random choices of a place: the epoch, or the place itself where a sample may come twice.</summary>
    long RoundOf(long step, int row);
}
