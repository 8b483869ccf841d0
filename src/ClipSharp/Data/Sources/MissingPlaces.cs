using ClipSharp.Data.Index;

namespace ClipSharp.Data.Sources;

/// <summary>A source some of whose places lack and may: they are counted before the others are read.</summary>
/// <param name="source">The places that are there.</param>
/// <param name="missing">Paths of those that lack.</param>
internal sealed class MissingPlaces(ISampleSource source, IReadOnlyList<string> missing) : ISampleSource
{
    /// <inheritdoc/>
    public IReadOnlyList<string> Places => source.Places;

    /// <inheritdoc/>
    public string Met => source.Met;

    /// <inheritdoc/>
    public IEnumerable<SourceSample> Read(CancellationToken cancel = default) => missing
        .Select(path => new SampleFile(path, Path.GetFileName(path), 0, default))
        .Select(file => new SourceSample("", file) { Skip = SkipReason.MissingShard })
        .Concat(source.Read(cancel));
}
