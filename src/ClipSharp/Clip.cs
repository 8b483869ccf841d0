using System.Diagnostics;
using System.Globalization;
using ClipSharp.Batching;
using ClipSharp.Data.Pictures;
using ClipSharp.Images;
using ClipSharp.Images.Decoding;
using ClipSharp.Models;
using ClipSharp.Text;
using ClipSharp.ZeroShot;

namespace ClipSharp;

/// <summary>A CLIP ready for use: engine, tokenizer and preprocessing of one model. Pictures and texts go in as files and
/// strings, unit vectors and predictions come out. Any number of threads may call it: files are read and decoded for all at once,
/// and a <see cref="ClipWorker"/> computes what waits together. Properties are set before the first call.</summary>
public sealed class Clip : IDisposable
{
    private static readonly ActivitySource Tracing = new("ClipSharp"); // costs nothing where nobody listens

    private readonly Func<string> _fingerprint;
    private readonly Func<TextTokenizer> _tokenizer;
    private readonly Func<string?>? _weightsFault;
    private readonly Lock _choosing = new();
    private KeptClassifier? _last;
    private Logits? _logits;

    /// <summary>Brings an engine together with what the model's files say of texts and pictures.</summary>
    /// <param name="encoder">The engine with the model's weights; disposed with this.</param>
    /// <param name="model">The model.</param>
    /// <exception cref="ClipException">The tokenizer is damaged. One that is missing is told when texts are asked
    /// for.</exception>
    public Clip(IClipEncoder encoder, ModelFiles model)
        : this(encoder, model, TokenizerOf(model))
    {
    }

    /// <inheritdoc cref="Clip(IClipEncoder, ModelFiles)"/>
    /// <param name="encoder">The engine with the model's weights; disposed with this.</param>
    /// <param name="model">The model.</param>
    /// <param name="tokenizer">The model's; null where it has none.</param>
    internal Clip(IClipEncoder encoder, ModelFiles model, TextTokenizer? tokenizer)
        : this(encoder, () => tokenizer ?? model.LoadTokenizer(), model.Config, model.Preprocess, model.Fingerprint,
            model.WeightsFault)
    {
    }

    /// <summary>Brings a model together that is in no folder, such as one in training.</summary>
    /// <param name="encoder">The engine; disposed with this.</param>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="config">What the model is.</param>
    /// <param name="preprocess">How pictures become the model's pixels.</param>
    /// <param name="fingerprint">Tells this model's weights from all others', for caches; asked when needed.</param>
    public Clip(IClipEncoder encoder, TextTokenizer tokenizer, ModelConfig config, PreprocessConfig preprocess,
        Func<string> fingerprint)
        : this(encoder, () => tokenizer, config, preprocess, fingerprint)
    {
    }

    // The tokenizer is asked for when texts are: pictures need none.
    internal Clip(IClipEncoder encoder, Func<TextTokenizer> tokenizer, ModelConfig config, PreprocessConfig preprocess,
        Func<string> fingerprint, Func<string?>? weightsFault = null)
    {
        ArgumentNullException.ThrowIfNull(config);
        (Config, _tokenizer, _fingerprint, _weightsFault) = (config, tokenizer, fingerprint, weightsFault);
        Preprocessor = new ImagePreprocessor(preprocess, config.Vision.ImageSize);
        Encoder = new ClipWorker(encoder);
    }

    /// <summary>Pictures or texts a forward, 1 or more.</summary>
    public int BatchSize
    {
        get => Encoder.BatchSize;
        set => Encoder.BatchSize = value;
    }

    /// <summary>The engine behind its worker: how much may wait and how long is set there.</summary>
    public ClipWorker Encoder { get; }

    /// <summary>How names get their probabilities: as the model was trained. A sigmoid model says of each name by itself whether
    /// it applies; set to its <see cref="Logits.Softmax"/> it chooses among them.</summary>
    public Logits Logits
    {
        get => _logits ?? Encoder.Logits;
        set => _logits = value;
    }

    /// <summary>The model's tokenizer.</summary>
    /// <exception cref="ClipException">None lies beside the model: then it knows pictures only.</exception>
    public TextTokenizer Tokenizer => _tokenizer();

    /// <summary>What is too large a picture, whether JPEGs are decoded smaller, and what to do where a disk fails while a data
    /// set is encoded.</summary>
    public PictureOptions Pictures { get; set; } = PictureOptions.Default;

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
    /// <returns>All labels with their probabilities, which sum to 1 unless the model is a sigmoid one.</returns>
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
        IReadOnlyList<PromptTemplate>? templates = null)
    {
        var picture = ImageDecoder.Decode(file, "picture", Pictures.Limits);
        return Classify(Finite(Encoder.EncodeImages(1, () => Pixels([picture], p => p)), _ => "picture"), labels, templates);
    }

    /// <summary>What an uploaded picture is taken for, likeliest first. The classifier of the last labels is kept.</summary>
    /// <param name="file">A JPEG, PNG, GIF, WebP or BMP file, read from where it stands to its end; it stays open.</param>
    /// <param name="labels">Class names.</param>
    /// <param name="templates">Sentences round a name; null = "a photo of a {}.".</param>
    /// <param name="cancel">Stops reading and waiting.</param>
    /// <returns>All labels with their probabilities, which sum to 1 unless the model is a sigmoid one.</returns>
    /// <exception cref="ClipException">It is no picture or too large a one, of the kind <see cref="ClipError.Data"/>: a web
    /// application answers 400 with the message, which names no path. Or labels or templates are unfit.</exception>
    public async Task<IReadOnlyList<Prediction>> ClassifyAsync(Stream file, IReadOnlyList<string> labels,
        IReadOnlyList<PromptTemplate>? templates = null, CancellationToken cancel = default)
    {
        var bytes = await PictureFile.ReadAsync(file, "picture", Pictures.Limits, cancel).ConfigureAwait(false);
        return await ClassifyAsync(bytes, labels, templates, cancel).ConfigureAwait(false);
    }

    /// <summary>What a picture is taken for, likeliest first. It is decoded on the thread pool; while it waits it holds no
    /// thread. The classifier of the last labels is kept.</summary>
    /// <param name="file">The bytes of a JPEG, PNG, GIF, WebP or BMP file.</param>
    /// <param name="labels">Class names.</param>
    /// <param name="templates">Sentences round a name; null = "a photo of a {}.".</param>
    /// <param name="cancel">Stops waiting.</param>
    /// <returns>All labels with their probabilities, which sum to 1 unless the model is a sigmoid one.</returns>
    /// <exception cref="ClipException">The bytes are no picture, or labels or templates are unfit.</exception>
    public async Task<IReadOnlyList<Prediction>> ClassifyAsync(ReadOnlyMemory<byte> file, IReadOnlyList<string> labels,
        IReadOnlyList<PromptTemplate>? templates = null, CancellationToken cancel = default)
    {
        var picture = await Encoder.EncodeImagesAsync(1, () => Pixels([(file, "picture")], Decoded), cancel)
            .ConfigureAwait(false);
        var classifier = await ClassifierAsync(labels, templates).WaitAsync(cancel).ConfigureAwait(false);
        return Top(classifier, Finite(picture, _ => "picture"));
    }

    /// <summary>Computes once what the first call would wait for: the engine's memory and plans, and the classifier of some
    /// labels. A model that cannot compute is told here.</summary>
    /// <param name="labels">Class names that will be asked for; null = none.</param>
    /// <param name="templates">Sentences round a name; null = "a photo of a {}.".</param>
    /// <param name="cancel">Stops waiting.</param>
    /// <exception cref="ClipException">Labels or templates are unfit, or the model's vectors are no numbers.</exception>
    public async Task WarmUpAsync(IReadOnlyList<string>? labels = null, IReadOnlyList<PromptTemplate>? templates = null,
        CancellationToken cancel = default)
    {
        var black = new PixelBatch(new byte[3 * Preprocessor.Size.Area], Preprocessor.Size);
        var picture = await Encoder.EncodeImagesAsync(black, cancel).ConfigureAwait(false);
        var classifier = await ClassifierAsync(labels ?? ["picture"], templates).WaitAsync(cancel).ConfigureAwait(false);
        Top(classifier, Finite(picture, _ => "a black picture"));
    }

    /// <summary>Unit vectors of picture files.</summary>
    /// <param name="paths">N files.</param>
    /// <returns>[N, E].</returns>
    /// <exception cref="ClipException">A file cannot be read or is no picture.</exception>
    public Embeddings EncodeImages(IReadOnlyList<string> paths) =>
        EncodeImages(paths, Load, path => path);

    /// <summary>What the image tower gives of picture files before its last projection, as probes learn from (see
    /// <see cref="IClipEncoder.EncodeImageFeatures"/>).</summary>
    /// <param name="paths">N files.</param>
    /// <returns>[N, D], D = <see cref="IClipEncoder.ImageFeatureDim"/>.</returns>
    /// <exception cref="ClipException">A file cannot be read or is no picture, or the engine keeps these features to
    /// itself.</exception>
    public Embeddings EncodeImageFeatures(IReadOnlyList<string> paths) =>
        Encode(paths, batch => Encoder.BeginImageFeatures(batch.Length, () => Pixels(batch, Load)), path => path,
            width: Encoder.ImageFeatureDim);

    /// <summary>Unit vectors of pictures in memory.</summary>
    /// <param name="files">The bytes of N JPEG, PNG, GIF, WebP or BMP files.</param>
    /// <param name="cancel">Stops between two batches.</param>
    /// <returns>[N, E].</returns>
    /// <exception cref="ClipException">One is no picture; its number, from 0, is named.</exception>
    public Embeddings EncodeImages(IReadOnlyList<ReadOnlyMemory<byte>> files, CancellationToken cancel = default) =>
        EncodeImages(Numbered(files), Decoded, picture => picture.Name, cancel: cancel);

    /// <summary>Unit vectors of pictures in memory. They are decoded on the thread pool, a batch at a time; the caller holds no
    /// thread.</summary>
    /// <param name="files">The bytes of N JPEG, PNG, GIF, WebP or BMP files.</param>
    /// <param name="cancel">Ends the wait; a batch that is being computed ends first.</param>
    /// <returns>[N, E].</returns>
    /// <exception cref="ClipException">One is no picture; its number, from 0, is named.</exception>
    public Task<Embeddings> EncodeImagesAsync(IReadOnlyList<ReadOnlyMemory<byte>> files, CancellationToken cancel = default) =>
        EncodeAsync(Numbered(files), batch => Encoder.EncodeImagesAsync(batch.Length, () => Pixels(batch, Decoded), cancel),
            picture => picture.Name, cancel);

    /// <summary>Unit vectors of pictures that are pixels already.</summary>
    /// <param name="pixels">uint8 [B, 3, H, W].</param>
    /// <param name="nameOf">From a row to what messages call the picture.</param>
    /// <returns>[B, E].</returns>
    /// <exception cref="ClipException">A vector is not finite.</exception>
    internal Embeddings EncodeImages(PixelBatch pixels, Func<int, string> nameOf) =>
        Finite(Encoder.EncodeImages(pixels), nameOf);

    /// <summary>Unit vectors of pictures, decoded batch by batch on all cores: beside the computation of the one before on a
    /// device, else between two.</summary>
    /// <param name="pictures">N pictures.</param>
    /// <param name="decode">Decodes one; several threads call it at once.</param>
    /// <param name="nameOf">What messages call it.</param>
    /// <param name="progress">Told how many are done after each batch.</param>
    /// <param name="cancel">Stops between two batches.</param>
    /// <returns>[N, E].</returns>
    internal Embeddings EncodeImages<T>(IReadOnlyList<T> pictures, Func<T, RgbImage> decode, Func<T, string> nameOf,
        IProgress<long>? progress = null, CancellationToken cancel = default) =>
        Encode(pictures, batch => Encoder.BeginImages(batch.Length, () => Pixels(batch, decode)), nameOf, progress,
            cancel: cancel);

    /// <summary>Unit vectors of texts; what is longer than the model's context is cut.</summary>
    /// <param name="texts">N texts.</param>
    /// <param name="progress">Told how many are done after each batch.</param>
    /// <param name="cancel">Stops between two batches.</param>
    /// <returns>[N, E].</returns>
    public Embeddings EncodeTexts(IReadOnlyList<string> texts, IProgress<long>? progress = null,
        CancellationToken cancel = default) =>
        Encode(texts, batch => Encoder.BeginTexts(Tokenizer.Tokenize(batch, Config.Text.ContextLength)), TextName, progress,
            cancel: cancel);

    /// <summary>Unit vectors of texts; what is longer than the model's context is cut. The caller holds no thread while they are
    /// computed.</summary>
    /// <param name="texts">N texts.</param>
    /// <param name="cancel">Ends the wait; a batch that is being computed ends first.</param>
    /// <returns>[N, E].</returns>
    public Task<Embeddings> EncodeTextsAsync(IReadOnlyList<string> texts, CancellationToken cancel = default) =>
        EncodeAsync(texts,
            batch => Encoder.EncodeTextsAsync(Tokenizer.Tokenize(batch, Config.Text.ContextLength), cancel), TextName, cancel);

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

    /// <summary>Tells this model's weights from all others', whatever computes with them.</summary>
    internal string WeightsKey => _fingerprint();

    /// <summary>Tells the vectors of this model and engine from those of others, 64 hex digits.</summary>
    /// <param name="withTexts">Whether texts are encoded too; without them no tokenizer is asked for.</param>
    internal string VectorsKey(bool withTexts) => new ClassifierKey(_fingerprint(), withTexts ? Tokenizer.Fingerprint : "",
        ClassPrompts.None, Config.Text.ContextLength, Encoder.Engine).Hash();

    /// <summary>All that the pixels of a picture depend on, as a line of text, for what is kept on disk.</summary>
    internal string PixelsKey => Pictures.Limits.JpegShortSide is > 0 and var side
        ? string.Create(CultureInfo.InvariantCulture, $"{Preprocessor.Description} jpeg draft {side}")
        : Preprocessor.Description;

    /// <summary>Disposes the engine when the forward under way is done, whose callers get their answers; calls that wait end in
    /// <see cref="ObjectDisposedException"/>.</summary>
    public void Dispose() => Encoder.Dispose();

    private IReadOnlyList<Prediction> Classify(Embeddings picture, IReadOnlyList<string> labels,
        IReadOnlyList<PromptTemplate>? templates) =>
        Top(ClassifierAsync(labels, templates).GetAwaiter().GetResult(), picture);

    private IReadOnlyList<Prediction> Top(ZeroShotClassifier classifier, Embeddings picture) =>
        classifier.Top(picture, Logits, classifier.Names.Count)[0];

    // All who ask for the same labels at once wait for one classifier.
    private Task<ZeroShotClassifier> ClassifierAsync(IReadOnlyList<string> labels, IReadOnlyList<PromptTemplate>? templates)
    {
        ArgumentNullException.ThrowIfNull(labels);
        templates ??= [PromptTemplate.Default];
        lock (_choosing)
        {
            if (_last is not { Classifier.IsFaulted: false } last || !last.Labels.SequenceEqual(labels)
                || !last.Templates.SequenceEqual(templates))
            {
                var (names, sentences) = (labels.ToArray(), templates.ToArray()); // the caller's lists may change
                _last = last = new KeptClassifier(names, sentences, Task.Run(() => BuildClassifier(names, sentences)));
            }

            return last.Classifier;
        }
    }

    private Embeddings Encode<T>(IReadOnlyList<T> items, Func<T[], Task<Embeddings>> begin, Func<T, string> nameOf,
        IProgress<long>? progress = null, int? width = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(items);
        var vectors = new Embeddings(items.Count, width ?? Encoder.EmbedDim);
        var done = 0;
        OneAhead.Run(items.Chunk(BatchSize), begin, (batch, rows) =>
        {
            vectors.Write(done, Finite(rows, row => nameOf(batch[row])));
            done += batch.Length;
            progress?.Report(done);
        }, Encoder.LeavesProcessorFree, cancel);
        return vectors;
    }

    private async Task<Embeddings> EncodeAsync<T>(IReadOnlyList<T> items, Func<T[], Task<Embeddings>> begin,
        Func<T, string> nameOf, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(items);
        var vectors = new Embeddings(items.Count, Encoder.EmbedDim);
        var done = 0;
        await OneAhead.RunAsync(items.Chunk(BatchSize), begin, (batch, rows) =>
        {
            vectors.Write(done, Finite(rows, row => nameOf(batch[row])));
            done += batch.Length;
        }, Encoder.LeavesProcessorFree, cancel).ConfigureAwait(false);
        return vectors;
    }

    private PixelBatch Pixels<T>(IReadOnlyList<T> pictures, Func<T, RgbImage> decode)
    {
        using var decoding = Tracing.StartActivity("clipsharp.decode");
        var pixels = new PixelBatch(pictures.Count, Preprocessor.Size);
        ParallelLoop.For(pictures.Count, i =>
        {
            var picture = decode(pictures[i]);
            Preprocessor.Apply(picture, pixels.Picture(i));
            picture.Return();
        });
        return pixels;
    }

    private static (ReadOnlyMemory<byte> File, string Name)[] Numbered(IReadOnlyList<ReadOnlyMemory<byte>> files)
    {
        ArgumentNullException.ThrowIfNull(files);
        return [.. files.Select((file, number) => (file, FormattableString.Invariant($"picture {number}")))];
    }

    private RgbImage Load(string path) => Decoded((PictureFile.Read(path, Pictures.Limits), path));

    private RgbImage Decoded((ReadOnlyMemory<byte> File, string Name) picture) =>
        ImageDecoder.Decode(picture.File.Span, picture.Name, Pictures.Limits, isRented: true);

    private Embeddings Finite(Embeddings vectors, Func<int, string> nameOf) =>
        FiniteVectors.Require(vectors, nameOf, _weightsFault);

    private static string TextName(string text) => $"the text \"{text}\"";

    // A damaged one is told at once, one that is missing when texts are asked for.
    private static TextTokenizer? TokenizerOf(ModelFiles model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return model.FindTokenizer();
    }

    private sealed record KeptClassifier(
        IReadOnlyList<string> Labels, IReadOnlyList<PromptTemplate> Templates, Task<ZeroShotClassifier> Classifier);
}
