using ClipSharp.Data.Index;
using ClipSharp.Data.Sets;
using ClipSharp.Data.Shards;

namespace ClipSharp.Tests.Data.Sets;

/// <summary>A set of which nothing is there but its size.</summary>
/// <param name="parts">Samples of each part.</param>
/// <param name="sources">How many parts are of each source; none = all are of one.</param>
/// <param name="captionHash">Of the first caption; null = all differ.</param>
internal sealed class CountedSet(long[] parts, int[]? sources = null, Func<long, ulong>? captionHash = null) : ISequentialSet
{
    public long Count => PartStarts[^1];

    public long CaptionCount => Count;

    public string Fingerprint => "";

    public SkipReport Skips { get; } = new();

    public IReadOnlyList<string> Notes => [];

    public long RepairedTexts => 0;

    public IReadOnlyList<long> PartStarts { get; } =
        [.. Enumerable.Range(0, parts.Length + 1).Select(part => parts.Take(part).Sum())];

    public IReadOnlyList<long> SourceStarts => [.. Enumerable.Range(0, (sources?.Length ?? 1) + 1)
        .Select(source => sources is null ? source * Count : PartStarts[sources.Take(source).Sum()])];

    public IReadOnlyList<CachedShard?> FetchedParts { get; init; } = [];

    public (string File, string Key) Place(long sample) => ("", "");

    public ulong CaptionHash(long sample) => captionHash?.Invoke(sample) ?? (ulong)sample;

    public void RequireCaptions()
    {
    }

    public IEnumerable<string> Captions(CancellationToken cancel = default) => [];

    public ISampleReader OpenReader() => throw new NotSupportedException();

    public long BytesOfRun(long first, int count) => FetchedParts.Count > 0 ? 1 : 0;

    // As a set of shards reads one: from the shard, opened for it.
    public SampleRun? ReadRun(long first, int count)
    {
        var part = PartStarts.Index().Last(start => start.Item <= first).Index;
        FetchedParts[part]?.Open().Dispose();
        return new Nothing();
    }

    private sealed class Nothing : SampleRun
    {
        public override bool TryGet(long sample, out ReadOnlySpan<byte> picture, out SampleTexts texts)
        {
            picture = default;
            texts = default;
            return false;
        }

        public override void Dispose()
        {
        }
    }
}
