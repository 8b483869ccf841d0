using ClipSharp.Data.Index;
using ClipSharp.Data.ShardIndex;
using ClipSharp.Data.Sources;

namespace ClipSharp.Data.Sets;

/// <summary>Opens what training learns from.</summary>
public static class TrainingSets
{
    /// <summary>Shards, wherever they lie, by their indexes on the disk, which are made where there are none; tables, folders and
    /// Parquet files as an index in memory.</summary>
    /// <param name="pattern">What a user typed (<see cref="DataPattern"/>).</param>
    /// <param name="options">How data is read.</param>
    /// <param name="indexFolder">Where indexes of shards are kept; null = in the user's cache.</param>
    /// <param name="ofSources">Whether samples of each source, joined by <c>::</c>, are drawn by a weight of their own.</param>
    /// <param name="progress">Told after each shard, on the calling thread.</param>
    /// <param name="cancel">Stops it; the indexes of whole shards stay.</param>
    /// <exception cref="ClipException">Nothing is there, nothing of it can be used, or a disk or a store fails.</exception>
    public static ITrainingSet Open(string pattern, DataOptions options, string? indexFolder = null, bool ofSources = false,
        Action<ShardIndexProgress>? progress = null, CancellationToken cancel = default)
    {
        string[] sources = ofSources ? pattern.Split("::", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            : [pattern];
        var sets = sources.Select(source => OpenOne(source, options, indexFolder, progress, cancel)).ToList();
        return sets.Count == 1 ? sets[0] : new JoinedSet(sets);
    }

    private static ITrainingSet OpenOne(string pattern, DataOptions options, string? indexFolder,
        Action<ShardIndexProgress>? progress, CancellationToken cancel)
    {
        var (type, paths, missing) = SampleSources.Find(pattern, options);
        if (type == DatasetType.Webdataset
            && ShardSet.Open(paths, missing, options, SampleNeed.Caption, indexFolder, progress: progress, cancel: cancel)
                is { Count: > 0 } shards)
        {
            return shards;
        }

        // Shards without any sample, too: the plain reading says what is there instead.
        return SampleIndex.Build(SampleSources.Open(pattern, options), SampleNeed.Caption, cancel: cancel);
    }
}
