using System.Security.Cryptography;
using ClipSharp.Data.Index;
using ClipSharp.Data.Shards;
using ClipSharp.Images.Decoding;

namespace ClipSharp.Data.Sets;

/// <summary>Several sets one behind the other, each a source of its own.</summary>
internal sealed class JoinedSet : ISequentialSet
{
    private readonly IReadOnlyList<ITrainingSet> _sets;
    private readonly long[] _starts;

    /// <param name="sets">At least one.</param>
    public JoinedSet(IReadOnlyList<ITrainingSet> sets)
    {
        _sets = sets;
        _starts = new long[sets.Count + 1];
        for (var set = 0; set < sets.Count; set++)
        {
            _starts[set + 1] = _starts[set] + sets[set].Count;
            sets[set].Skips.AddTo(Skips);
        }

        PartStarts = [.. sets.SelectMany((set, number) => set.PartStarts.SkipLast(1).Select(start => start + _starts[number])),
            Count];
        FetchedParts = sets.Any(IsFetched) ? [.. sets.SelectMany(PartsOf)] : [];
        Fingerprint = Convert.ToHexStringLower(
            SHA256.HashData([.. sets.SelectMany(set => Convert.FromHexString(set.Fingerprint))]));
    }

    /// <inheritdoc/>
    public long Count => _starts[^1];

    /// <inheritdoc/>
    public long CaptionCount => _sets.Sum(set => set.CaptionCount);

    /// <inheritdoc/>
    public string Fingerprint { get; }

    /// <inheritdoc/>
    public SkipReport Skips { get; } = new();

    /// <inheritdoc/>
    public IReadOnlyList<string> Notes => [.. _sets.SelectMany(set => set.Notes)];

    /// <inheritdoc/>
    public long RepairedTexts => _sets.Sum(set => set.RepairedTexts);

    /// <inheritdoc/>
    public IReadOnlyList<long> PartStarts { get; }

    /// <inheritdoc/>
    public IReadOnlyList<long> SourceStarts => _starts;

    /// <inheritdoc/>
    public (string File, string Key) Place(long sample) => Of(sample, out var within).Place(within);

    /// <inheritdoc/>
    public ulong CaptionHash(long sample) => Of(sample, out var within).CaptionHash(within);

    /// <inheritdoc/>
    public void RequireCaptions()
    {
        foreach (var set in _sets)
        {
            set.RequireCaptions();
        }
    }

    /// <inheritdoc/>
    public IEnumerable<string> Captions(CancellationToken cancel = default) => _sets.SelectMany(set => set.Captions(cancel));

    /// <inheritdoc/>
    public ISampleReader OpenReader() => new Reader(_starts, [.. _sets.Select(set => set.OpenReader())]);

    /// <inheritdoc/>
    public long BytesOfRun(long first, int count) =>
        Of(first, out var within) is ISequentialSet set ? set.BytesOfRun(within, count) : 0;

    /// <inheritdoc/>
    public IReadOnlyList<CachedShard?> FetchedParts { get; }

    /// <inheritdoc/>
    public SampleRun? ReadRun(long first, int count) =>
        Of(first, out var within) is ISequentialSet set && set.ReadRun(within, count) is { } run
            ? new Run(run, first - within)
            : null;

    private static bool IsFetched(ITrainingSet set) => set is ISequentialSet { FetchedParts.Count: > 0 };

    private static IEnumerable<CachedShard?> PartsOf(ITrainingSet set) => IsFetched(set)
        ? ((ISequentialSet)set).FetchedParts
        : Enumerable.Repeat<CachedShard?>(null, set.PartStarts.Count - 1);

    private ITrainingSet Of(long sample, out long within)
    {
        var set = SetOf(_starts, sample);
        within = sample - _starts[set];
        return _sets[set];
    }

    private static int SetOf(long[] starts, long sample)
    {
        var set = 0;
        while (starts[set + 1] <= sample)
        {
            set++;
        }

        return set;
    }

    private sealed class Run(SampleRun run, long offset) : SampleRun
    {
        public override bool TryGet(long sample, out ReadOnlySpan<byte> picture, out SampleTexts texts) =>
            run.TryGet(sample - offset, out picture, out texts);

        public override void Dispose() => run.Dispose();
    }

    private sealed class Reader(long[] starts, ISampleReader[] readers) : ISampleReader
    {
        public bool TryRead(
            long sample, DecodeLimits limits, out ReadOnlySpan<byte> picture, out SampleTexts texts, out string detail)
        {
            var set = SetOf(starts, sample);
            return readers[set].TryRead(sample - starts[set], limits, out picture, out texts, out detail);
        }

        public bool TryReadTexts(long sample, out SampleTexts texts, out string detail)
        {
            var set = SetOf(starts, sample);
            return readers[set].TryReadTexts(sample - starts[set], out texts, out detail);
        }

        public void Dispose()
        {
            foreach (var reader in readers)
            {
                reader.Dispose();
            }
        }
    }
}
