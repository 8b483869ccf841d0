using System.Security.Cryptography;
using ClipSharp.Images;
using ClipSharp.Models;
using ClipSharp.Onnx.Graphs;
using ClipSharp.Text;

namespace ClipSharp.Onnx;

/// <summary>A folder that <see cref="OnnxExporter"/> wrote: one ONNX graph a tower, configuration and tokenizer beside
/// them.</summary>
public sealed class OnnxFolder
{
    /// <summary>The image tower's file name.</summary>
    public const string ImageFile = "vision_model.onnx";

    /// <summary>The text tower's file name.</summary>
    public const string TextFile = "text_model.onnx";

    internal const string ImageInput = "pixel_values";
    internal const string ImageOutput = "image_embeds";
    internal const string TextInput = "input_ids";
    internal const string TextOutput = "text_embeds";
    internal const string LogitScaleKey = "logit_scale", LogitBiasKey = "logit_bias";

    private OnnxFolder(string path, FolderConfig config)
    {
        FolderPath = path;
        Config = config.Model;
        Preprocess = config.Preprocess;
        Cleaning = config.TextCleaning ?? config.Model.Text.Cleaning;
    }

    /// <summary>The folder; the tokenizer lies in it.</summary>
    public string FolderPath { get; }

    /// <summary>What the model is.</summary>
    public ModelConfig Config { get; }

    /// <summary>How its pictures are made; the size is always set.</summary>
    public PreprocessConfig Preprocess { get; }

    /// <summary>How its texts are cleaned.</summary>
    public TextCleaning Cleaning { get; }

    /// <summary>Loads the tokenizer.</summary>
    /// <exception cref="ClipException">It is missing or damaged.</exception>
    public TextTokenizer LoadTokenizer() => Config.Text.LoadTokenizer(FolderPath, Cleaning);

    /// <summary>The tokenizer, where one lies in the folder: pictures need none.</summary>
    internal TextTokenizer? FindTokenizer() => TextTokenizer.IsIn(FolderPath) ? LoadTokenizer() : null;

    /// <summary>Whether a folder holds a tower in ONNX.</summary>
    public static bool IsAt(string path) =>
        File.Exists(Path.Combine(path, ImageFile)) || File.Exists(Path.Combine(path, TextFile));

    /// <summary>The ONNX graphs of a model's path: the folder itself, or "onnx" in it, where repositories of the hub have
    /// them.</summary>
    /// <returns>Null when there are none.</returns>
    public static string? Find(string path)
    {
        string[] places = [path, Path.Combine(path, "onnx")];
        return places.FirstOrDefault(IsAt);
    }

    /// <summary>Opens a folder; the graphs are read when first used.</summary>
    /// <exception cref="ClipException">It is missing, or holds no tower or an unfit configuration.</exception>
    public static OnnxFolder Open(string path) => IsAt(path)
        ? new OnnxFolder(path, FolderConfig.Read(Path.Combine(path, FolderConfig.FileName)))
        : throw new ClipException(ClipError.NoInput, "There is no ONNX model", path,
            Directory.Exists(path) ? $"neither {ImageFile} nor {TextFile}" : "no folder", "a folder of ONNX graphs",
            $"Write one: clipsharp export onnx --model {path} -o {Path.Combine(path, "onnx")}");

    /// <summary>SHA-256 of configuration and graphs, in hexadecimal.</summary>
    /// <exception cref="ClipException">A file cannot be read any more.</exception>
    public string Fingerprint()
    {
        string[] names = [FolderConfig.FileName, ImageFile, ImageFile + OnnxFile.DataEnding, TextFile,
            TextFile + OnnxFile.DataEnding];
        try
        {
            var hashes = names.Select(name => Path.Combine(FolderPath, name)).Where(File.Exists).SelectMany(Hash);
            return Convert.ToHexStringLower(SHA256.HashData(hashes.ToArray()));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ClipException(ClipError.NoInput, "The model cannot be read", FolderPath, e.Message, "a readable folder",
                "Check the folder.", e);
        }
    }

    /// <summary>Whether a file is there.</summary>
    internal bool Has(string name) => File.Exists(Path.Combine(FolderPath, name));

    private static byte[] Hash(string path)
    {
        using var stream = File.OpenRead(path);
        return SHA256.HashData(stream);
    }
}
