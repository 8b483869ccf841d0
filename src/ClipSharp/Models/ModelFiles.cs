using System.Security.Cryptography;
using System.Text;
using ClipSharp.Files;
using ClipSharp.Files.Reading;
using ClipSharp.Images;
using ClipSharp.Models.Layouts;
using ClipSharp.Models.Layouts.Tokenizers;
using ClipSharp.Text;
using ClipSharp.Weights;

namespace ClipSharp.Models;

/// <summary>A model on a disk, in whatever layout it came: understood and checked, its weights not read yet. A folder of
/// open_clip's or of Hugging Face's, or one file of weights.</summary>
public sealed class ModelFiles
{
    private readonly ModelSource _source;
    private readonly KeyTable _table;
    private readonly ModelConfig _stored;
    private readonly StoredTokenizer _tokenizer;
    private readonly Lock _hashing = new();
    private string? _fingerprint;
    private (long Length, DateTime Time)[] _fingerprinted = [];

    private ModelFiles(ModelExamination examination, ModelOverrides overrides)
    {
        (_source, _table, _stored) = (examination.Source, examination.Table!, examination.Config!);
        Config = Overridden(_stored, overrides, Location);
        Preprocess = (_source.Preprocess ?? new PreprocessConfig()) with { Size = Config.Vision.ImageSize };
        Cleaning = overrides.Cleaning ?? _source.Cleaning ?? Config.Text.Cleaning;
        _tokenizer = new StoredTokenizer(_source, Config, Cleaning, overrides.Tokenizer);
        Notes = [.. examination.Notes, .. NotesOf(_stored, Config), .. _tokenizer.Notes];
    }

    /// <summary>The folder or file that was named.</summary>
    public string Location => _source.Path;

    /// <summary>"open_clip", "huggingface", or "openai" for one file of weights.</summary>
    public string Layout => _source.Layout;

    /// <summary>The files of weights.</summary>
    public IReadOnlyList<string> WeightsPaths => _source.Weights;

    /// <summary>What the model is.</summary>
    public ModelConfig Config { get; }

    /// <summary>How its pictures are made; the size is always set.</summary>
    public PreprocessConfig Preprocess { get; }

    /// <summary>How its texts are cleaned: as the tokenizer does that the model came with.</summary>
    public TextCleaning Cleaning { get; }

    /// <summary>What was assumed or changed at opening, a sentence each, for whoever runs the model.</summary>
    public IReadOnlyList<string> Notes { get; }

    /// <summary>Where the tokenizer lies: what the user named, or the folder when it holds vocab.json and merges.txt, or its
    /// tokenizer.json, SentencePiece model or vocab.txt, or OpenAI's list of merges; else, for a model of as many ids, wherever
    /// OpenAI's vocabulary lies in ClipSharp's or the hub's cache.</summary>
    /// <exception cref="ClipException">There is none.</exception>
    public string TokenizerPath => _tokenizer.Path;

    /// <summary>Opens a model: reads its configuration, or infers it from the shapes of its weights, and checks that they fit
    /// together.</summary>
    /// <param name="path">A folder or a file of weights, a training run for its newest checkpoint, or <c>hf-hub:org/name</c> for
    /// what was pulled.</param>
    /// <param name="overrides">What the files leave open or what shall be otherwise; null = nothing.</param>
    /// <exception cref="ClipException">Something is missing, unfit or not known.</exception>
    public static ModelFiles Open(string path, ModelOverrides? overrides = null)
    {
        overrides ??= ModelOverrides.None;
        using var examination = ModelExamination.Of(path, overrides);
        if (examination.Unknown is { } reason)
        {
            throw reason;
        }

        examination.Fit!.ThrowIfUnfit(path);
        return new ModelFiles(examination, overrides);
    }

    /// <summary>Whether a model lies at a path, sound or not.</summary>
    public static bool IsAt(string path) => ModelLayout.All.Any(layout => layout.IsAt(path));

    /// <summary>Writes a model in open_clip's layout, so that it is there whole or not at all. The folder must not exist
    /// yet.</summary>
    /// <param name="path">Where.</param>
    /// <param name="config">The model.</param>
    /// <param name="preprocess">How its pictures are made.</param>
    /// <param name="tokenizer">The model's, whose cleaning is written too; null = none is written.</param>
    /// <param name="weights">The tensors of <see cref="StateDictShapes"/>.</param>
    /// <exception cref="ClipException">The parts do not fit together, the folder exists, or it cannot be written.</exception>
    public static void Write(
        string path, ModelConfig config, PreprocessConfig preprocess, TextTokenizer? tokenizer,
        IEnumerable<NamedTensor> weights) =>
        AtomicFolder.Write(path, folder => Fill(folder, config, preprocess, tokenizer, weights));

    /// <summary>Writes a model into a folder that is being filled, such as a checkpoint's.</summary>
    /// <inheritdoc cref="Write"/>
    public static void Fill(
        string path, ModelConfig config, PreprocessConfig preprocess, TextTokenizer? tokenizer,
        IEnumerable<NamedTensor> weights) =>
        OpenClipLayout.Fill(path, config, preprocess, tokenizer?.Cleaning ?? TextCleaning.OpenAI, tokenizer, [.. weights]);

    /// <summary>Opens the weights; dispose them when they are read.</summary>
    /// <exception cref="ClipException">A file cannot be read any more.</exception>
    public ModelWeights OpenWeights()
    {
        var stored = StoredWeights.Open(_source);
        try
        {
            return new ModelWeights(stored, _table, _stored, Config);
        }
        catch
        {
            stored.Dispose();
            throw;
        }
    }

    /// <summary>Loads the tokenizer.</summary>
    /// <exception cref="ClipException">It is missing, damaged, or not this model's.</exception>
    public TextTokenizer LoadTokenizer() => _tokenizer.Load();

    /// <summary>Whether a tokenizer lies beside the weights or was named.</summary>
    public bool HasTokenizer => _tokenizer.Exists;

    /// <summary>The tokenizer, where there is one.</summary>
    internal TextTokenizer? FindTokenizer() => HasTokenizer ? LoadTokenizer() : null;

    /// <summary>SHA-256 of configuration and weights, in hexadecimal. Computed at the first call and again when length or time of
    /// a file has changed; of large files it is kept in the user's cache for later runs.</summary>
    /// <exception cref="ClipException">A file cannot be read any more.</exception>
    public string Fingerprint()
    {
        lock (_hashing)
        {
            try
            {
                var now = WeightsPaths.Select(path => LinkedFile.Of(path)).Select(file => (file.Length, file.LastWriteTimeUtc))
                    .ToArray();
                if (_fingerprint is null || !_fingerprinted.SequenceEqual(now))
                {
                    var config = Config.ToJson();
                    (_fingerprint, _fingerprinted) = (KeptDigests.OfUser().Of(WeightsPaths, config, () => Hash(config)), now);
                }

                return _fingerprint;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new ClipException(ClipError.NoInput, "The model cannot be read", Location, e.Message, "readable weights",
                    "Check the files.", e);
            }
        }
    }

    /// <summary>Says which tensors hold a NaN or an infinity, a sentence; null where all are numbers. Reads all weights: for
    /// whoever has met a vector that is none.</summary>
    internal string? WeightsFault()
    {
        const int most = 3;
        using var stored = StoredWeights.Open(_source);
        var names = stored.NotFinite();
        return names.Count == 0 ? null
            : $"The weights in {Location} hold NaN or infinity in {string.Join(", ", names.Take(most))}"
                + (names.Count > most ? $" and {names.Count - most} more" : "")
                    + ": fetch them again, or take an earlier checkpoint.";
    }

    private static ModelConfig Overridden(ModelConfig stored, ModelOverrides overrides, string where)
    {
        var (vision, text) = (stored.Vision, stored.Text);
        if (vision.IsResNet && overrides.ImageSize is { } size && size != vision.ImageSize)
        {
            throw new ClipException(ClipError.Usage, "A ResNet's attention pool keeps its size", "--image-size", $"{size}",
                $"{vision.ImageSize}", "Only a Vision Transformer's positions are carried over to another size.");
        }

        if (overrides.ImageSize is { } side && vision.PatchSize is { } patch
            && (side.Height % patch != 0 || side.Width % patch != 0))
        {
            throw new ClipException(ClipError.Usage, "The patches do not fill the picture", "--image-size", $"{side}",
                $"a multiple of {patch}", "Choose such a size.");
        }

        return (stored with
        {
            Vision = vision with { ImageSize = overrides.ImageSize ?? vision.ImageSize },
            Text = text with { ContextLength = overrides.ContextLength ?? text.ContextLength },
        }).Validated(where);
    }

    private static IEnumerable<string> NotesOf(ModelConfig stored, ModelConfig config)
    {
        if (stored.Vision.Grid != config.Vision.Grid)
        {
            yield return $"position embeddings carried from {Sides(stored.Vision.Grid)} to {Sides(config.Vision.Grid)} patches "
                + "(bicubic, antialiased)";
        }

        if (stored.Text.ContextLength != config.Text.ContextLength)
        {
            yield return $"text positions carried from {stored.Text.ContextLength} to {config.Text.ContextLength} tokens (linear)";
        }

        static string Sides(Extent grid) => $"{grid.Height}x{grid.Width}";
    }

    private string Hash(string config)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(config));
        var buffer = new byte[1 << 20];
        foreach (var path in WeightsPaths)
        {
            using var stream = File.OpenRead(path);
            for (var count = stream.Read(buffer); count > 0; count = stream.Read(buffer))
            {
                hash.AppendData(buffer.AsSpan(0, count));
            }
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
