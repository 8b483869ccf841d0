using ClipSharp.Files;

namespace ClipSharp.Data.ShardIndex;

/// <summary>How far the indexing of shards is.</summary>
/// <param name="Shards">Shards done.</param>
/// <param name="OfShards">All.</param>
/// <param name="Samples">Usable samples so far.</param>
/// <param name="Made">Shards of these that were read; the indexes of the others were there.</param>
/// <param name="OfMade">All that are to be read; 0 = that is being found out.</param>
/// <param name="Bytes">Bytes of those that were read.</param>
public readonly record struct ShardIndexProgress(int Shards, int OfShards, long Samples, int Made, int OfMade, long Bytes)
{
    /// <summary>As a line.</summary>
    /// <param name="elapsed">How long it took so far.</param>
    internal string Describe(TimeSpan elapsed)
    {
        var (done, all) = OfMade > 0 ? (Made, OfMade) : (Shards, OfShards);
        var left = TimeLeft.Of(elapsed / Math.Max(1, done) * (all - done));
        return OfMade > 0
            ? FormattableString.Invariant(
                $"Indexing: {Shards:N0} of {OfShards:N0} shards, {Samples:N0} samples; read {ByteSize.Fitting(Bytes)}, {ByteSize.Fitting((long)(Bytes / elapsed.TotalSeconds))}/s, {left} left")
            : FormattableString.Invariant($"Indexes: {Shards:N0} of {OfShards:N0} shards looked at, {left} left");
    }
}
