using ClipSharp.Data;
using ClipSharp.Data.Index;
using ClipSharp.Data.Shards;
using ClipSharp.Data.Sources;

namespace ClipSharp.Evaluation.Overlaps;

/// <summary>Training data as places that are indexed one after the other, so that never more than one index is held: a shard, a
/// table, a folder, or all single pictures together.</summary>
/// <param name="Sources">What is read.</param>
/// <param name="Bytes">Of all places up to the end of each, where all are shards; else empty.</param>
/// <param name="Missing">Shards of ranges that lack.</param>
internal sealed record TrainingPlaces(IReadOnlyList<ISampleSource> Sources, IReadOnlyList<long> Bytes, int Missing)
{
    private const int Megabyte = 1_000_000;

    /// <summary>Looks for training data.</summary>
    /// <exception cref="ClipException">Nothing is there, or kinds are mixed within a pattern.</exception>
    public static TrainingPlaces Find(IReadOnlyList<string> patterns, DataOptions options)
    {
        var (sources, bytes, missing) = (new List<ISampleSource>(), new List<long>(), 0);
        foreach (var pattern in patterns)
        {
            var whole = SampleSources.Open(pattern, options);
            missing += DataPattern.Find(pattern, options).Missing.Count;
            if (whole is PictureFilesSource)
            {
                sources.Add(whole);
                continue;
            }

            foreach (var place in whole.Places)
            {
                sources.Add(SampleSources.Open(place, options));
                if ((sources[^1] is WebDatasetSource && !ShardPlace.IsRemote(place))
                    || place.EndsWith(DataPattern.ParquetEnding, StringComparison.OrdinalIgnoreCase))
                {
                    bytes.Add((bytes.Count == 0 ? 0 : bytes[^1]) + SampleFile.Of(place, place).Length);
                }
            }
        }

        return new TrainingPlaces(sources, bytes.Count == sources.Count ? bytes : [], missing);
    }

    /// <summary>How far the whole is, for whoever watches: by bytes of shards, whose pictures nobody has counted yet; else by the
    /// pictures of the present place.</summary>
    /// <param name="place">The number of the place that is read.</param>
    /// <param name="done">How many of its pictures are done.</param>
    /// <param name="count">Of how many.</param>
    public BenchmarkProgress Progress(int place, double done, int count)
    {
        const string stage = "Comparing";
        if (Bytes.Count == 0)
        {
            return new BenchmarkProgress(stage, "training pictures", (long)done, count);
        }

        var start = place == 0 ? 0 : Bytes[place - 1];
        var passed = start + ((Bytes[place] - start) * (count == 0 ? 1 : done / count));
        return new BenchmarkProgress(stage, "MB of training data", (long)passed / Megabyte, Bytes[^1] / Megabyte);
    }
}
