using ClipSharp.Data.Pictures;
using ClipSharp.Images;
using ClipSharp.Images.Decoding;
using ClipSharp.Models;
using ClipSharp.Text;
using ClipSharp.ZeroShot;

namespace ClipSharp;

/// <summary>A CLIP ready for use: engine, tokenizer and preprocessing of one model. Pictures and texts go in as files and
/// strings, unit vectors and predictions come out. Any number of threads may call it: files are read and decoded for all at once,
/// the engine computes for one at a time. Properties are set before the first call.</summary>
public sealed class Clip : IDisposable
{
    private readonly Func<string> _fingerprint;
    private readonly Func<BpeTokenizer> _tokenizer;
    private readonly Func<string?>? _weightsFault;
    private readonly SemaphoreSlim _turn = new(1, 1); // asynchronous callers wait here: none of them holds a thread
    private volatile KeptClassifier? _last;

    /// <summary>Brings an engine together with what the model's files say of texts and pictures.</summary>
    /// <param name="encoder">The engine with the model's weights; disposed with this.</param>
    /// <param name="model">The model.</param>
    /// <exception cref="ClipException">The tokenizer is damaged. One that is missing is told when texts are asked
    /// for.</exception>
    public Clip(IClipEncoder encoder, ModelFiles model)
        : this(encoder, TokenizerOf(model), model.Config, model.Preprocess, model.Fingerprint, model.WeightsFault)
    {
    }

    /// <summary>Brings a model together that is in no folder, such as one in training.</summary>
    /// <param name="encoder">The engine; disposed with this.</param>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="config">What the model is.</param>
    /// <param name="preprocess">How pictures become the model's pixels.</param>
    /// <param name="fingerprint">Tells this model's weights from all others', for caches; asked when needed.</param>
    public Clip(IClipEncoder encoder, BpeTokenizer tokenizer, ModelConfig config, PreprocessConfig preprocess,
        Func<string> fingerprint)
        : this(encoder, () => tokenizer, config, preprocess, fingerprint)
    {
    }

    // The tokenizer is asked for when texts are: pictures need none.
    internal Clip(IClipEncoder encoder, Func<BpeTokenizer> tokenizer, ModelConfig config, PreprocessConfig preprocess,
        Func<string> fingerprint, Func<string?>? weightsFault = null)
    {
        ArgumentNullException.ThrowIfNull(config);
        (Encoder, Config, _tokenizer, _fingerprint, _weightsFault) =
            (new OneAtATimeEncoder(encoder), config, tokenizer, fingerprint, weightsFault);
        Preprocessor = new ImagePreprocessor(preprocess, config.Vision.ImageSize);
    }

    /// <summary>Pictures or texts a forward, 1 or more.</summary>
    public int BatchSize
    {
        get;
        set => field = value >= 1 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "A batch has 1 or more.");
    } = 32;

    /// <summary>What is too large a picture, and what to do where a disk fails while a data set is encoded.</summary>
    public PictureOptions Pictures { get; set; } = PictureOptions.Default;

    /// <summary>The engine.</summary>
    public IClipEncoder Encoder { get; }

    /// <summary>The model's tokenizer.</summary>
    /// <exception cref="ClipException">None lies beside the model: then it knows pictures only.</exception>
    public BpeTokenizer Tokenizer => _tokenizer();

    /// <summary>What the model is.</summary>
    public ModelConfig Config { get; }

    /// <summary>How pictures become the model's pixels. Another one may be set if size, mean and deviation are the same: the
    /// engine normalises.</summary>
    public ImagePreprocessor Preprocessor
    {
        get;
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            if (field is not null && (value.Size != field.Size
                || !value.Config.Mean.SequenceEqual(field.Config.Mean) || !value.Config.Std.SequenceEqual(field.Config.Std)))
            {
                throw new ArgumentException("Size, mean and deviation are the model's.", nameof(value));
            }

            field = value;
        }
    }

    /// <summary>What a picture file is taken for, likeliest first. The classifier of the last labels is kept.</summary>
    /// <param name="path">A JPEG, PNG, GIF, WebP or BMP file.</param>
    /// <param name="labels">Class names.</param>
    /// <param name="templates">Sentences round a name; null = "a photo of a {}.".</param>
    /// <returns>All labels with their probabilities, which sum to 1.</returns>
    /// <exception cref="ClipException">The file is no picture, or labels or templates are unfit.</exception>
    public IReadOnlyList<Prediction> Classify(string path, IReadOnlyList<string> labels,
        IReadOnlyList<PromptTemplate>? templates = null) =>
        Classify(EncodeImages([path]), labels, templates);

    /// <summary>What a picture is taken for, likeliest first. The classifier of the last labels is kept.</summary>
    /// <param name="file">The bytes of a JPEG, PNG, GIF, WebP or BMP file.</param>
    /// <param name="labels">Class names.</param>
    /// <param name="templates">Sentences round a name; null = "a photo of a {}.".</param>
    /// <exception cref="ClipException">The bytes are no picture, or labels or templates are unfit.</exception>
    public IReadOnlyList<Prediction> Classify(ReadOnlySpan<byte> file, IReadOnlyList<string> labels,
        IReadOnlyList<PromptTemplate>? templates = null) =>
        Classify(EncodeImages(Pixels(file), _ => "picture"), labels, templates);

    /// <summary>What an uploaded picture is taken for, likeliest first. The classifier of the last labels is kept.</summary>
    /// <param name="file">A JPEG, PNG, GIF, WebP or BMP file, read from where it stands to its end; it stays open.</param>
    /// <param name="labels">Class names.</param>
    /// <param name="templates">Sentences round a name; null = "a photo of a {}.".</param>
    /// <param name="cancel">Stops reading and waiting.</param>
    /// <returns>All labels with their probabilities, which sum to 1.</returns>
    /// <exception cref="ClipException">It is no picture or too large a one, of the kind <see cref="ClipError.Data"/>: a web
    /// application answers 400 with the message, which names no path. Or labels or templates are unfit.</exception>
    public async Task<IReadOnlyList<Prediction>> ClassifyAsync(Stream file, IReadOnlyList<string> labels,
        IReadOnlyList<PromptTemplate>? templates = null, CancellationToken cancel = default)
    {
        var bytes = await PictureFile.ReadAsync(file, "picture", Pictures.Limits, cancel).ConfigureAwait(false);
        return await ClassifyAsync(bytes, labels, templates, cancel).ConfigureAwait(false);
    }

    /// <summary>What a picture is taken for, likeliest first, computed on the thread pool. The classifier of the last labels is
    /// kept.</summary>
    /// <param name="file">The bytes of a JPEG, PNG, GIF, WebP or BMP file.</param>
    /// <param name="labels">Class names.</param>
    /// <param name="templates">Sentences round a name; null = "a photo of a {}.".</param>
    /// <param name="cancel">Stops waiting.</param>
    /// <returns>All labels with their probabilities, which sum to 1.</returns>
    /// <exception cref="ClipException">The bytes are no picture, or labels or templates are unfit.</exception>
    public async Task<IReadOnlyList<Prediction>> ClassifyAsync(ReadOnlyMemory<byte> file, IReadOnlyList<string> labels,
        IReadOnlyList<PromptTemplate>? templates = null, CancellationToken cancel = default)
    {
        var pixels = await Task.Run(() => Pixels(file.Span), cancel).ConfigureAwait(false);
        return await InTurn(() => Classify(EncodeImages(pixels, _ => "picture"), labels, templates), cancel)
            .ConfigureAwait(false);
    }

    /// <summary>Computes once what the first call would wait for: the engine's memory and plans, and the classifier of some
    /// labels. A model that cannot compute is told here.</summary>
    /// <param name="labels">Class names that will be asked for; null = none.</param>
    /// <param name="templates">Sentences round a name; null = "a photo of a {}.".</param>
    /// <param name="cancel">Stops waiting.</param>
    /// <exception cref="ClipException">Labels or templates are unfit, or the model's vectors are no numbers.</exception>
    public Task WarmUpAsync(IReadOnlyList<string>? labels = null, IReadOnlyList<PromptTemplate>? templates = null,
        CancellationToken cancel = default) => InTurn(() =>
        Classify(EncodeImages(new PixelBatch(new byte[PictureLength], Preprocessor.Size), _ => "a black picture"),
            labels ?? ["picture"], templates), cancel);

    /// <summary>Unit vectors of picture files.</summary>
    /// <param name="paths">N files.</param>
    /// <returns>[N, E].</returns>
    /// <exception cref="ClipException">A file cannot be read or is no picture.</exception>
    public Embeddings EncodeImages(IReadOnlyList<string> paths) => Encode(paths, batch =>
    {
        var pixels = new byte[checked(batch.Length * PictureLength)];
        for (var i = 0; i < batch.Length; i++)
        {
            Preprocess(PictureFile.Read(batch[i], Pictures.Limits), batch[i], pixels.AsSpan(i * PictureLength, PictureLength));
        }

        return EncodeImages(new PixelBatch(pixels, Preprocessor.Size), row => batch[row]);
    });

    /// <summary>Unit vectors of pictures in memory.</summary>
    /// <param name="files">The bytes of N JPEG, PNG, GIF, WebP or BMP files.</param>
    /// <param name="cancel">Stops between two batches.</param>
    /// <returns>[N, E].</returns>
    /// <exception cref="ClipException">One is no picture; its number, from 0, is named.</exception>
    public Embeddings EncodeImages(IReadOnlyList<ReadOnlyMemory<byte>> files, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(files);
        return Encode([.. Enumerable.Range(0, files.Count)], batch =>
        {
            var pixels = new byte[checked(batch.Length * PictureLength)];
            for (var i = 0; i < batch.Length; i++)
            {
                Preprocess(files[batch[i]].Span, FormattableString.Invariant($"picture {batch[i]}"),
                    pixels.AsSpan(i * PictureLength, PictureLength));
            }

            return EncodeImages(new PixelBatch(pixels, Preprocessor.Size),
                row => FormattableString.Invariant($"picture {batch[row]}"));
        }, cancel: cancel);
    }

    /// <summary>Unit vectors of pictures that are pixels already.</summary>
    /// <param name="pixels">uint8 [B, 3, S, S].</param>
    /// <param name="nameOf">From a row to what messages call the picture.</param>
    /// <returns>[B, E].</returns>
    /// <exception cref="ClipException">A vector is not finite.</exception>
    internal Embeddings EncodeImages(PixelBatch pixels, Func<int, string> nameOf) =>
        FiniteVectors.Require(Encoder.EncodeImages(pixels), nameOf, _weightsFault);

    /// <summary>Unit vectors of texts; what is longer than the model's context is cut.</summary>
    /// <param name="texts">N texts.</param>
    /// <param name="progress">Told how many are done after each batch.</param>
    /// <param name="cancel">Stops between two batches.</param>
    /// <returns>[N, E].</returns>
    public Embeddings EncodeTexts(IReadOnlyList<string> texts, IProgress<long>? progress = null,
        CancellationToken cancel = default) =>
        Encode(texts, batch => FiniteVectors.Require(Encoder.EncodeTexts(Tokenizer.Tokenize(batch, Config.Text.ContextLength)),
            row => $"the text \"{batch[row]}\"", _weightsFault), progress, cancel);

    /// <summary>The classifier for some class names.</summary>
    /// <param name="labels">Class names.</param>
    /// <param name="templates">Sentences round a name, one or more.</param>
    /// <param name="progress">Told how many prompts are done after each batch.</param>
    /// <param name="cancel">Stops between two batches.</param>
    /// <exception cref="ClipException">Labels or templates are unfit.</exception>
    public ZeroShotClassifier BuildClassifier(IReadOnlyList<string> labels, IReadOnlyList<PromptTemplate> templates,
        IProgress<long>? progress = null, CancellationToken cancel = default) =>
        BuildClassifier(ClassPrompts.Fill(labels, templates), progress, cancel);

    /// <summary>The classifier for some classes and the sentences that stand for them.</summary>
    /// <param name="prompts">The sentences of each class.</param>
    /// <param name="progress">Told how many prompts are done after each batch.</param>
    /// <param name="cancel">Stops between two batches.</param>
    public ZeroShotClassifier BuildClassifier(ClassPrompts prompts, IProgress<long>? progress = null,
        CancellationToken cancel = default) =>
        ZeroShotClassifier.Build(Encoder, Tokenizer, prompts, Config.Text.ContextLength, BatchSize, progress, cancel);

    /// <summary>The key under which a classifier of this model may be kept.</summary>
    public ClassifierKey ClassifierKey(ClassPrompts prompts) =>
        new(_fingerprint(), Tokenizer.Fingerprint, prompts, Config.Text.ContextLength, Encoder.Engine);

    /// <summary>Refuses a model that knows pictures only.</summary>
    /// <exception cref="ClipException">No tokenizer lies beside it.</exception>
    internal void RequireTokenizer() => _tokenizer();

    /// <summary>Tells the vectors of this model and engine from those of others, 64 hex digits.</summary>
    /// <param name="withTexts">Whether texts are encoded too; without them no tokenizer is asked for.</param>
    internal string VectorsKey(bool withTexts) => new ClassifierKey(_fingerprint(), withTexts ? Tokenizer.Fingerprint : "",
        ClassPrompts.None, Config.Text.ContextLength, Encoder.Engine).Hash();

    /// <summary>Disposes the engine when the call under way is done; calls that wait end in <see
    /// cref="ObjectDisposedException"/>.</summary>
    public void Dispose() => Encoder.Dispose();

    private int PictureLength => 3 * Preprocessor.Size * Preprocessor.Size;

    private IReadOnlyList<Prediction> Classify(Embeddings picture, IReadOnlyList<string> labels,
        IReadOnlyList<PromptTemplate>? templates)
    {
        ArgumentNullException.ThrowIfNull(labels);
        templates ??= [PromptTemplate.Default];
        if (_last is not { } last || !last.Labels.SequenceEqual(labels) || !last.Templates.SequenceEqual(templates))
        {
            _last = last = new KeptClassifier([.. labels], [.. templates], BuildClassifier([.. labels], [.. templates]));
        }

        return last.Classifier.Top(picture, Encoder.LogitScale, labels.Count)[0];
    }

    private Embeddings Encode<T>(IReadOnlyList<T> items, Func<T[], Embeddings> encode, IProgress<long>? progress = null,
        CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(items);
        var vectors = new float[Embeddings.Room(items.Count, Encoder.EmbedDim)];
        var done = 0;
        foreach (var batch in items.Chunk(BatchSize))
        {
            cancel.ThrowIfCancellationRequested();
            encode(batch).Values.CopyTo(vectors.AsSpan(done * Encoder.EmbedDim));
            done += batch.Length;
            progress?.Report(done);
        }

        return new Embeddings(vectors, Encoder.EmbedDim);
    }

    private async Task<T> InTurn<T>(Func<T> compute, CancellationToken cancel)
    {
        await _turn.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            return await Task.Run(compute, cancel).ConfigureAwait(false);
        }
        finally
        {
            _turn.Release();
        }
    }

    // A damaged one is told at once, one that is missing when texts are asked for.
    private static Func<BpeTokenizer> TokenizerOf(ModelFiles model)
    {
        ArgumentNullException.ThrowIfNull(model);
        var tokenizer = model.FindTokenizer();
        return () => tokenizer ?? model.LoadTokenizer();
    }

    private PixelBatch Pixels(ReadOnlySpan<byte> file)
    {
        var pixels = new byte[PictureLength];
        Preprocess(file, "picture", pixels);
        return new PixelBatch(pixels, Preprocessor.Size);
    }

    private void Preprocess(ReadOnlySpan<byte> file, string where, Span<byte> pixels) =>
        Preprocessor.Apply(ImageDecoder.Decode(file, where, Pictures.Limits), pixels);

    private sealed record KeptClassifier(
        IReadOnlyList<string> Labels, IReadOnlyList<PromptTemplate> Templates, ZeroShotClassifier Classifier);
}
