namespace ClipSharp.Data.Sources;

/// <summary>Pictures with captions, wherever they lie. Reading it is one pass over names and captions; pixels stay on
/// disk.</summary>
public interface ISampleSource
{
    /// <summary>Shards, CSV files or folders, in the order they are read.</summary>
    IReadOnlyList<string> Places { get; }

    /// <summary>All samples, complete or not, and every loss; the same order every time. Bad content never throws.</summary>
    /// <exception cref="ClipException">A place cannot be read at all or is of another kind.</exception>
    IEnumerable<SourceSample> Read(CancellationToken cancel = default);
}
