using System.Security.Cryptography;
using ClipSharp.Files;
using ClipSharp.Images;
using ClipSharp.Weights;

namespace ClipSharp.Models;

/// <summary>The unit that everything loads and saves: open_clip's folder with <c>open_clip_config.json</c> and
/// <c>open_clip_model.safetensors</c>, and the tokenizer beside them.</summary>
public sealed class ModelFolder
{
    /// <summary>The configuration's file name.</summary>
    public const string ConfigFile = "open_clip_config.json";

    /// <summary>The weights' file name.</summary>
    public const string WeightsFile = "open_clip_model.safetensors";

    // In open_clip's order.
    private static readonly string[] WeightsFiles = [WeightsFile, "open_clip_pytorch_model.safetensors", "model.safetensors"];

    private readonly Lock _hashing = new();
    private string? _fingerprint;
    private (long, DateTime, long, DateTime) _fingerprinted;

    private ModelFolder(string path, FolderConfig config, string weights)
    {
        FolderPath = path;
        WeightsPath = weights;
        Config = config.Model;
        Preprocess = config.Preprocess;
    }

    /// <summary>The folder.</summary>
    public string FolderPath { get; }

    /// <summary>What the model is.</summary>
    public ModelConfig Config { get; }

    /// <summary>How its pictures are made; the size is always set.</summary>
    public PreprocessConfig Preprocess { get; }

    /// <summary>The weights: safetensors with the tensors of <see cref="StateDictShapes"/>.</summary>
    public string WeightsPath { get; }

    /// <summary>Where the tokenizer lies: the folder when it holds vocab.json and merges.txt, else OpenAI's list of merges.</summary>
    /// <exception cref="ClipException">There is none.</exception>
    public string TokenizerPath
    {
        get
        {
            var list = Path.Combine(FolderPath, "bpe_simple_vocab_16e6.txt.gz");
            if (File.Exists(Path.Combine(FolderPath, "vocab.json")) && File.Exists(Path.Combine(FolderPath, "merges.txt")))
            {
                return FolderPath;
            }

            return File.Exists(list)
                ? list
                : throw new ClipException(ClipError.NoInput, "The model folder has no tokenizer", FolderPath, "no vocabulary",
                    "vocab.json and merges.txt, or bpe_simple_vocab_16e6.txt.gz", "Put the tokenizer's files into the folder.");
        }
    }

    /// <summary>SHA-256 of configuration and weights, in hexadecimal. Computed at the first call and again when length or time of
    /// a file has changed.</summary>
    /// <exception cref="ClipException">A file cannot be read any more.</exception>
    public string Fingerprint()
    {
        lock (_hashing)
        {
            try
            {
                var config = new FileInfo(Path.Combine(FolderPath, ConfigFile));
                var weights = new FileInfo(WeightsPath);
                var now = (config.Length, config.LastWriteTimeUtc, weights.Length, weights.LastWriteTimeUtc);
                if (_fingerprint is null || _fingerprinted != now)
                {
                    (_fingerprint, _fingerprinted) = (Hash(config.FullName, weights.FullName), now);
                }

                return _fingerprint;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new ClipException(ClipError.NoInput, "The model cannot be read", FolderPath, e.Message, "a readable model folder",
                    "Check the folder.", e);
            }
        }
    }

    /// <summary>Opens a folder: reads its configuration and checks names and shapes of its weights, without reading them.</summary>
    /// <exception cref="ClipException">Something is missing, unfit, or does not fit together.</exception>
    public static ModelFolder Open(string path)
    {
        if (!Directory.Exists(path))
        {
            throw new ClipException(ClipError.NoInput, "The model folder does not exist", path, File.Exists(path) ? "a file" : "nothing",
                $"a folder with {ConfigFile} and {WeightsFile}", "Check the path.");
        }

        var configPath = Path.Combine(path, ConfigFile);
        var weights = WeightsFiles.Select(name => Path.Combine(path, name)).FirstOrDefault(File.Exists);
        var missing = new List<string>();
        if (!File.Exists(configPath))
        {
            missing.Add(ConfigFile);
        }

        if (weights is null)
        {
            missing.Add(WeightsFile);
        }

        if (missing.Count > 0)
        {
            throw new ClipException(ClipError.NoInput, "The model folder is incomplete", path, $"no {string.Join(" and no ", missing)}",
                $"{ConfigFile} and {WeightsFile}", "Put the files there or convert the model.");
        }

        var config = FolderConfig.Read(configPath);
        using (var file = SafetensorsFile.Open(weights!))
        {
            StateDictShapes.Check(config.Model, file.Tensors.Values.Select(tensor => (tensor.Name, tensor.Shape)), weights!);
        }

        return new ModelFolder(path, config, weights!);
    }

    /// <summary>Writes a folder so that it is there whole or not at all. It must not exist yet.</summary>
    /// <param name="path">Where.</param>
    /// <param name="config">The model.</param>
    /// <param name="preprocess">How its pictures are made.</param>
    /// <param name="saveTokenizer">Saves the tokenizer into the folder it is given.</param>
    /// <param name="weights">The tensors of <see cref="StateDictShapes"/>.</param>
    /// <exception cref="ClipException">The parts do not fit together, the folder exists, or it cannot be written.</exception>
    public static void Write(
        string path, ModelConfig config, PreprocessConfig preprocess, Action<string> saveTokenizer, IEnumerable<NamedTensor> weights) =>
        AtomicFolder.Write(path, folder => Fill(folder, config, preprocess, saveTokenizer, weights));

    /// <summary>Writes a model into a folder that is being filled, such as a checkpoint's.</summary>
    /// <inheritdoc cref="Write"/>
    public static void Fill(
        string path, ModelConfig config, PreprocessConfig preprocess, Action<string> saveTokenizer, IEnumerable<NamedTensor> weights)
    {
        ArgumentNullException.ThrowIfNull(saveTokenizer);
        var folder = new FolderConfig { Model = config, Preprocess = preprocess }.Validated(path);
        var tensors = weights.ToList();
        StateDictShapes.Check(config, tensors.Select(tensor => (tensor.Name, tensor.Shape)), path);
        AtomicFile.WriteText(Path.Combine(path, ConfigFile), folder.ToJson());
        AtomicFile.Write(Path.Combine(path, WeightsFile),
            stream => SafetensorsWriter.Write(stream, tensors, new Dictionary<string, string> { ["format"] = "pt" }));
        saveTokenizer(path);
    }

    private static string Hash(string config, string weights)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[1 << 20];
        foreach (var path in new[] { config, weights })
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
