namespace ClipSharp.Data.Sources;

/// <summary>Pictures with captions, wherever they lie. Reading it is one pass over names and captions; pixels stay on disk. A
/// source of one's own goes into <see cref="Index.SampleIndex.Build"/> as those of <see cref="SampleSources"/> do.</summary>
public interface ISampleSource
{
    /// <summary>Shards, CSV files or folders, in the order they are read.</summary>
    IReadOnlyList<string> Places { get; }

    /// <summary>What the last reading met, in words, for the error where nothing of it can be used; "" = nothing to
    /// add.</summary>
    string Met => "";

    /// <summary>All samples, complete or not, and every loss; the same order every time. Bad content never throws.</summary>
    /// <exception cref="ClipException">No place can be read, or one is of another kind.</exception>
    IEnumerable<SourceSample> Read(CancellationToken cancel = default);
}
