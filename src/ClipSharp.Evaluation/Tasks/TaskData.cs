using ClipSharp.Data.Index;
using ClipSharp.Data.Sources;

namespace ClipSharp.Evaluation.Tasks;

/// <summary>A data set as a task reads it, and its pictures and texts as the model sees them. How far each stage is goes to who
/// watches the benchmark; what cannot be used goes into its report.</summary>
public sealed class TaskData
{
    private readonly IProgress<BenchmarkProgress>? _progress;
    private readonly CancellationToken _cancel;
    private readonly List<SkipReport> _skips = [];

    internal TaskData(Clip clip, BenchmarkOptions options, BenchmarkFolder folder, IProgress<BenchmarkProgress>? progress,
        CancellationToken cancel)
    {
        (Clip, Options, Folder, _progress, _cancel) = (clip, options, folder, progress, cancel);
    }

    /// <summary>The model.</summary>
    public Clip Clip { get; }

    /// <summary>What was asked for.</summary>
    public BenchmarkOptions Options { get; }

    /// <summary>Where the data lie, and the files beside them.</summary>
    public BenchmarkFolder Folder { get; }

    /// <summary>Finds the samples; once a task.</summary>
    /// <param name="need">What a sample must have.</param>
    /// <param name="captionLines">Whether each line of a text is a caption, as CLIP_benchmark has it for retrieval; else as the
    /// options say.</param>
    /// <exception cref="ClipException">There is no such data, or not one sample.</exception>
    public SampleIndex Index(SampleNeed need, bool captionLines = false)
    {
        var reading = captionLines ? Options.DataOptions with { CaptionLines = true } : Options.DataOptions;
        var index = SampleIndex.Build(SampleSources.Open(Folder.Data, reading), need,
            _progress is null
                ? null
                : new Relay<IndexProgress>(done => _progress
                    .Report(new BenchmarkProgress("Reading", "samples", done.Samples, null))),
            _cancel);
        _skips.Add(index.Skips);
        return index;
    }

    /// <summary>Encodes the pictures of an index, in its order; once a task.</summary>
    /// <exception cref="ClipException">Not one can be used, a vector is not finite, or the disk fails (InputOutput).</exception>
    public EncodedPictures EncodePictures(SampleIndex index)
    {
        ArgumentNullException.ThrowIfNull(index);
        var pictures = EncodedPictures.Encode(Clip, index, Stage("images", index.Count), _cancel);
        _skips.Add(pictures.Skips);
        return pictures;
    }

    /// <summary>Encodes texts.</summary>
    /// <param name="texts">M texts.</param>
    /// <returns>[M, E].</returns>
    /// <exception cref="ClipException">A vector is not finite.</exception>
    public Embeddings EncodeTexts(IReadOnlyList<string> texts)
    {
        ArgumentNullException.ThrowIfNull(texts);
        return Clip.EncodeTexts(texts, Stage("captions", texts.Count), _cancel);
    }

    /// <summary>Samples that could not be used, by reason; null where there are none.</summary>
    internal IReadOnlyDictionary<string, long>? Skipped()
    {
        var counts = _skips.SelectMany(report => report.Counts).GroupBy(count => count.Key, count => count.Value)
            .ToDictionary(reason => reason.Key.ToString(), reason => reason.Sum());
        return counts.Count > 0 ? counts : null;
    }

    /// <summary>Told how many of these are encoded.</summary>
    internal IProgress<long>? Stage(string unit, long total) => _progress is null
        ? null
        : new Relay<long>(done => _progress.Report(new BenchmarkProgress("Encoding", unit, done, total)));

    // Progress<T> would report from another thread, after the work is over.
    private sealed class Relay<T>(Action<T> report) : IProgress<T>
    {
        public void Report(T value) => report(value);
    }
}
