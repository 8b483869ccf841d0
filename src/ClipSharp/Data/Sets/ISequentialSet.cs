using ClipSharp.Data.Shards;

namespace ClipSharp.Data.Sets;

/// <summary>A set whose samples can be read many at a time, front to back.</summary>
internal interface ISequentialSet : ITrainingSet
{
    /// <summary>How many bytes <see cref="ReadRun"/> holds for these samples; 0 where it reads nothing.</summary>
    long BytesOfRun(long first, int count);

    /// <summary>The parts that are fetched before they are read, part by part, null for one that is not; empty where none
    /// is.</summary>
    IReadOnlyList<CachedShard?> FetchedParts { get; }

    /// <summary>Reads samples of one part.</summary>
    /// <returns>Null where each must be read by itself: because the disk fails, or they are far apart.</returns>
    SampleRun? ReadRun(long first, int count);
}
