using ClipSharp.Data.Pictures;
using ClipSharp.Data.Sets;
using ClipSharp.Data.Sources;

namespace ClipSharp.Data.Index;

/// <summary>Where a picture's bytes lie.</summary>
/// <param name="File">The file.</param>
/// <param name="Offset">Its first byte; where the file's pictures are packed, its number among them.</param>
/// <param name="Length">Bytes.</param>
public readonly record struct PictureLocation(SampleFile File, long Offset, int Length)
{
    /// <summary>Whether the picture is one of many in its file, as in a shard; else it is the file.</summary>
    public bool IsWithinFile => Offset > 0 || File.Packed is not null; // a tar begins with a header
}

/// <summary>All usable samples of a source, numbered from 0 in reading order: where the picture lies, its captions, its class.
/// Built once, in one pass that decodes no picture. Immutable, thread-safe.</summary>
public sealed class SampleIndex : ITrainingSet
{
    /// <summary>The longest file that a place of a picture can name, in bytes; how much of it a picture may be is said where it
    /// is read.</summary>
    public const int MaxPictureLength = int.MaxValue;

    private const int MaxNotes = 100;
    private const int SamplesOfPart = 1024;

    private readonly SampleFile[] _files;
    private readonly string[] _keys;
    private readonly int[] _fileOf;
    private readonly long[] _offsets;
    private readonly int[] _lengths;
    private readonly int[] _classes;
    private readonly int[] _captionStarts; // one more than samples
    private readonly string[] _captions;
    private readonly Dictionary<int, double[]> _captionShares; // of samples whose captions are not drawn alike

    private SampleIndex(Builder from)
    {
        _files = [.. from.Files];
        _keys = [.. from.Keys];
        _fileOf = [.. from.FileOf];
        _offsets = [.. from.Offsets];
        _lengths = [.. from.Lengths];
        _classes = [.. from.Classes];
        _captionStarts = [.. from.CaptionStarts];
        _captions = [.. from.Captions];
        _captionShares = from.CaptionShares;
        Skips = from.Skips;
        Notes = [.. from.Notes];
        RepairedTexts = from.RepairedTexts;
        Fingerprint = from.Fingerprint();
    }

    /// <summary>Usable samples, N.</summary>
    public int Count => _keys.Length;

    /// <summary>Captions of all samples together.</summary>
    public int CaptionCount => _captions.Length;

    /// <summary>SHA-256 over names, sizes, classes and captions, 64 hex digits: equal data, equal fingerprint, in any
    /// folder.</summary>
    public string Fingerprint { get; }

    /// <summary>What was left out while indexing.</summary>
    public SkipReport Skips { get; }

    /// <summary>Remarks about files that are no losses, such as a shard without an end; at most 100.</summary>
    public IReadOnlyList<string> Notes { get; }

    /// <summary>Samples whose captions held bytes that are not UTF-8 (replaced by U+FFFD).</summary>
    public int RepairedTexts { get; }

    /// <summary>The files that hold the samples' pictures.</summary>
    public IReadOnlyList<SampleFile> Files => _files;

    /// <summary>The key of a sample; keys may repeat across shards.</summary>
    public string Key(int sample) => _keys[sample];

    /// <summary>The captions of a sample; none where only a class is known.</summary>
    public ReadOnlySpan<string> Captions(int sample) =>
        _captions.AsSpan(_captionStarts[sample], _captionStarts[sample + 1] - _captionStarts[sample]);

    /// <summary>How often each caption of a sample is drawn in training, beside the others; empty = as the run chooses.</summary>
    public ReadOnlySpan<double> CaptionShares(int sample) => _captionShares.GetValueOrDefault(sample);

    /// <summary>The class of a sample, or −1.</summary>
    public int Class(int sample) => _classes[sample];

    /// <summary>Where the picture of a sample lies.</summary>
    public PictureLocation Picture(int sample) => new(_files[_fileOf[sample]], _offsets[sample], _lengths[sample]);

    /// <summary>Reads names and captions of a source.</summary>
    /// <param name="source">What to read.</param>
    /// <param name="need">What a sample must have beside its picture.</param>
    /// <param name="progress">Told every 1,000 samples.</param>
    /// <param name="cancel">Stops it.</param>
    /// <exception cref="ClipException">A file is missing or of another kind, or there is no usable sample at all.</exception>
    public static SampleIndex Build(ISampleSource source, SampleNeed need = SampleNeed.CaptionOrClass,
        IProgress<IndexProgress>? progress = null, CancellationToken cancel = default)
    {
        var index = Gather(source, need, progress, cancel);
        return index.Count > 0
            ? index
            : throw new ClipException(ClipError.Data, "No usable sample", Describe(source.Places),
                (index.Skips.Total == 0 ? "no picture at all" : $"{index.Skips}, the first in {index.Skips.Examples[0]}")
                + (source.Met.Length > 0 ? $"; {source.Met}" : ""),
                need switch
                {
                    SampleNeed.Picture => "at least one picture",
                    SampleNeed.Class => "at least one picture with its class",
                    _ => "at least one picture with its text",
                },
                need == SampleNeed.Class ? "A class is a number in a .cls beside the picture, in shards."
                    : "A sample is a picture and a text of the same name, such as a.jpg and a.txt.");
    }

    /// <summary>Some of the samples, in the given order, as an index of their own.</summary>
    public SampleIndex Select(IEnumerable<int> samples)
    {
        var builder = new Builder();
        foreach (var sample in samples)
        {
            builder.Add(Sample(sample), SampleNeed.Picture);
        }

        return new SampleIndex(builder);
    }

    /// <summary>The same samples by the order of their keys, captions of each in ordinal order: equal for any order of a table's
    /// rows, so that what is measured on them is equal to the last digit.</summary>
    public SampleIndex InKeyOrder()
    {
        var builder = new Builder { Skips = Skips };
        foreach (var number in Enumerable.Range(0, Count).OrderBy(Key, StringComparer.Ordinal))
        {
            var sample = Sample(number);
            var sorted = sample.Captions.Order(StringComparer.Ordinal);
            builder.Add(sample with { Captions = [.. sorted], CaptionShares = [] }, SampleNeed.Picture);
        }

        return new SampleIndex(builder);
    }

    /// <summary>Decodes every picture once. Costs as much as an epoch of loading.</summary>
    /// <param name="workers">Threads; 0 = one a core.</param>
    /// <param name="pictures">What is too large, and what to do where a disk fails; null = the defaults.</param>
    /// <param name="cancel">Stops it.</param>
    /// <exception cref="ClipException">The disk fails (InputOutput), and the options do not say to go on.</exception>
    public PictureSurvey Verify(int workers = 0, PictureOptions? pictures = null, CancellationToken cancel = default) =>
        PictureSurvey.Run(this, workers > 0 ? workers : Environment.ProcessorCount, pictures ?? PictureOptions.Default, cancel);

    /// <inheritdoc/>
    long ITrainingSet.Count => Count;

    /// <inheritdoc/>
    long ITrainingSet.CaptionCount => CaptionCount;

    /// <inheritdoc/>
    long ITrainingSet.RepairedTexts => RepairedTexts;

    // Files may be single pictures: parts are blocks in reading order.
    /// <inheritdoc/>
    IReadOnlyList<long> ITrainingSet.PartStarts =>
        [.. Enumerable.Range(0, (Count + SamplesOfPart - 1) / SamplesOfPart).Select(part => (long)part * SamplesOfPart), Count];

    /// <inheritdoc/>
    IReadOnlyList<long> ITrainingSet.SourceStarts => [0, Count];

    /// <inheritdoc/>
    (string File, string Key) ITrainingSet.Place(long sample) => (Picture((int)sample).File.Path, Key((int)sample));

    /// <inheritdoc/>
    ulong ITrainingSet.CaptionHash(long sample) => CaptionHash.Of(Captions((int)sample)[0]);

    /// <inheritdoc/>
    void ITrainingSet.RequireCaptions()
    {
        for (var sample = 0; sample < Count; sample++)
        {
            if (Captions(sample).IsEmpty)
            {
                throw new ClipException(ClipError.Data, "A sample has no caption", Picture(sample).File.Path,
                    $"{Key(sample)} with a class only", "a caption for every sample",
                    "Index the data with SampleNeed.Caption to leave such samples out.");
            }
        }
    }

    /// <inheritdoc/>
    IEnumerable<string> ITrainingSet.Captions(CancellationToken cancel) => _captions;

    /// <inheritdoc/>
    ISampleReader ITrainingSet.OpenReader() => new PictureReader(this);

    /// <summary>What is said of a sample.</summary>
    internal SampleTexts Texts(int sample) => new(_keys[sample],
        _captions.AsMemory(_captionStarts[sample], _captionStarts[sample + 1] - _captionStarts[sample]),
        _captionShares.GetValueOrDefault(sample));

    /// <summary>As <see cref="Build"/>, but an empty index is a result too.</summary>
    internal static SampleIndex Gather(ISampleSource source, SampleNeed need = SampleNeed.CaptionOrClass,
        IProgress<IndexProgress>? progress = null, CancellationToken cancel = default)
    {
        var builder = new Builder();
        foreach (var sample in source.Read(cancel))
        {
            cancel.ThrowIfCancellationRequested();
            builder.Add(sample, need);
            if (progress is not null && (builder.Keys.Count + builder.Skips.Total) % 1000 == 0)
            {
                progress.Report(new IndexProgress(builder.Keys.Count, builder.Skips.Total, sample.File.Path));
            }
        }

        return new SampleIndex(builder);
    }

    private SourceSample Sample(int number) => new(_keys[number], _files[_fileOf[number]])
    {
        PictureOffset = _offsets[number],
        PictureLength = _lengths[number],
        Captions = Captions(number).ToArray(),
        CaptionShares = _captionShares.GetValueOrDefault(number) ?? [],
        Class = _classes[number],
    };

    private static string Describe(IReadOnlyList<string> places) =>
        places.Count == 1 ? places[0] : string.Create(null, $"{places[0]} and {places.Count - 1} more");

    private sealed class Builder
    {
        private readonly SampleFingerprint _fingerprint = new();

        public List<SampleFile> Files { get; } = [];

        public List<string> Keys { get; } = [];

        public List<int> FileOf { get; } = [];

        public List<long> Offsets { get; } = [];

        public List<int> Lengths { get; } = [];

        public List<int> Classes { get; } = [];

        public List<int> CaptionStarts { get; } = [0];

        public List<string> Captions { get; } = [];

        public Dictionary<int, double[]> CaptionShares { get; } = [];

        public SkipReport Skips { get; init; } = new();

        public List<string> Notes { get; } = [];

        public int RepairedTexts { get; private set; }

        public void Add(SourceSample sample, SampleNeed need)
        {
            if (sample.Note is not null)
            {
                if (Notes.Count < MaxNotes)
                {
                    Notes.Add($"{sample.File.Path}: {sample.Note}");
                }

                return;
            }

            if (SampleVerdict.Of(sample, need) is { } skip)
            {
                Skips.Add(skip);
                return;
            }

            if (Files.Count == 0 || !ReferenceEquals(Files[^1], sample.File))
            {
                Files.Add(sample.File);
                _fingerprint.Begin(sample.File);
            }

            if (sample.CaptionShares.Count > 0)
            {
                CaptionShares.Add(Keys.Count, [.. sample.CaptionShares]);
            }

            Keys.Add(sample.Key);
            FileOf.Add(Files.Count - 1);
            Offsets.Add(sample.PictureOffset);
            Lengths.Add((int)sample.PictureLength);
            Classes.Add(sample.Class);
            Captions.AddRange(sample.Captions);
            CaptionStarts.Add(Captions.Count);
            RepairedTexts += sample.HasRepairedText ? 1 : 0;
            _fingerprint.Add(sample);
        }

        public string Fingerprint() => _fingerprint.Take();
    }
}
