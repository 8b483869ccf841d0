using ClipSharp.Data.Index;

namespace ClipSharp.Data.Sets;

/// <summary>What training learns from: pairs numbered from 0, each a picture with its captions. Immutable,
/// thread-safe.</summary>
public interface ITrainingSet
{
    /// <summary>Usable samples, N.</summary>
    long Count { get; }

    /// <summary>Captions of all samples together.</summary>
    long CaptionCount { get; }

    /// <summary>64 hex digits: equal data, equal fingerprint, in any folder.</summary>
    string Fingerprint { get; }

    /// <summary>What was left out while indexing.</summary>
    SkipReport Skips { get; }

    /// <summary>Remarks about files that are no losses.</summary>
    IReadOnlyList<string> Notes { get; }

    /// <summary>Samples whose captions held bytes that are not UTF-8.</summary>
    long RepairedTexts { get; }

    /// <summary>The first sample of each part, and N at the end: samples of a part lie one behind the other on the disk, as
    /// those of a shard do.</summary>
    IReadOnlyList<long> PartStarts { get; }

    /// <summary>The first sample of each source that is drawn from by its own weight, and N at the end.</summary>
    IReadOnlyList<long> SourceStarts { get; }

    /// <summary>For messages: the file that holds a sample's picture, and its key, "" where that is read with the
    /// picture.</summary>
    (string File, string Key) Place(long sample);

    /// <summary>A hash of a sample's first caption: equal captions, equal hashes.</summary>
    ulong CaptionHash(long sample);

    /// <summary>Refuses samples with a class only.</summary>
    /// <exception cref="ClipException">A sample has no caption.</exception>
    void RequireCaptions();

    /// <summary>All captions, sample after sample, in one pass.</summary>
    /// <exception cref="ClipException">The disk fails (InputOutput).</exception>
    IEnumerable<string> Captions(CancellationToken cancel = default);

    /// <summary>A reader for one thread.</summary>
    ISampleReader OpenReader();
}
