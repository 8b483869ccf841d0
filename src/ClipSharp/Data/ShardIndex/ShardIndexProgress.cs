using ClipSharp.Files;

namespace ClipSharp.Data.ShardIndex;

/// <summary>How far the indexing of shards is.</summary>
/// <param name="Shards">Shards done.</param>
/// <param name="OfShards">All.</param>
/// <param name="Samples">Usable samples so far.</param>
/// <param name="Made">Shards of these that were read; the indexes of the others were there.</param>
public readonly record struct ShardIndexProgress(int Shards, int OfShards, long Samples, int Made)
{
    /// <summary>As a line.</summary>
    /// <param name="elapsed">How long it took so far.</param>
    internal string Describe(TimeSpan elapsed) => FormattableString.Invariant(
        $"Indexing: {Shards:N0} of {OfShards:N0} shards, {Samples:N0} samples, {Samples / elapsed.TotalSeconds:N0}/s, {TimeLeft.Of(elapsed / Shards * (OfShards - Shards))} left");
}
