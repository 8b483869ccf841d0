using System.Text.Json;
using System.Text.Json.Nodes;
using ClipSharp.Files;
using ClipSharp.Images;
using ClipSharp.Text;
using ClipSharp.Weights;

namespace ClipSharp.Models.Layouts.HuggingFace;

/// <summary>Hugging Face's folder of a <c>CLIPModel</c>: <c>config.json</c>, <c>preprocessor_config.json</c> or its
/// contents in <c>processor_config.json</c>, the weights in one file or in shards with an index, and the tokenizer's
/// files; or such a folder within one of sentence-transformers'.</summary>
internal sealed class HuggingFaceLayout() : ModelLayout("huggingface")
{
    public const string ConfigFile = "config.json";

    private const string PreprocessorFile = "preprocessor_config.json";
    private const string ProcessorFile = "processor_config.json";
    private const string SafetensorsFile = "model.safetensors";
    private const string TorchFile = "pytorch_model.bin";
    private const string IndexEnding = ".index.json";

    // transformers' order.
    private static readonly string[] WeightsFiles =
        [SafetensorsFile, SafetensorsFile + IndexEnding, TorchFile, TorchFile + IndexEnding];

    public override IReadOnlyList<string> WeightsNames { get; } = [SafetensorsFile, TorchFile];

    public override bool IsAt(string path) =>
        File.Exists(Path.Combine(SentenceTransformersFolder.ModelIn(path) ?? path, ConfigFile));

    public override ModelSource Read(string path)
    {
        var folder = SentenceTransformersFolder.ModelIn(path) ?? path;
        var weights = FindWeights(folder) ?? throw NoWeights(folder, WeightsFiles);
        var shards = weights.EndsWith(IndexEnding, StringComparison.Ordinal)
            ? JsonFile.Read(weights, HuggingFaceJson.Default.ShardIndex).Validated(weights).WeightMap
            : null;
        return Describe(path) with { Weights = shards is null ? [weights] : Shards(folder, shards), Shards = shards };
    }

    protected override string? FindWeights(string folder) =>
        FirstOf(SentenceTransformersFolder.ModelIn(folder) ?? folder, WeightsFiles);

    protected override ModelSource Describe(string path)
    {
        var folder = SentenceTransformersFolder.ModelIn(path) ?? path;
        var configPath = Path.Combine(folder, ConfigFile);
        var config = JsonFile.Read(configPath, HuggingFaceJson.Default.HuggingFaceConfig);
        var model = config.ToModel(configPath);
        return new ModelSource
        {
            Layout = Name,
            Path = path,
            Folder = folder,
            Config = model,
            Preprocess = ReadPreprocessor(folder, model.Vision.ImageSize),
            Weights = [],
            Cleaning = HuggingFaceTokenizerFiles.Cleaning(folder, config.ModelType),
            EndToken = config.EndToken,
        };
    }

    public override string? WhyNot(ModelFiles model) => HuggingFaceConfig.WhyNot(model.Config)
        ?? (model.Preprocess.ResizeMode == ResizeMode.Longest
        ? "CLIPImageProcessor cannot fit the long side and pad, as this model's preprocessing does"
        : null);

    public override IEnumerable<string> Losses(ModelFiles model)
    {
        if (model.Preprocess.Background is not Background.Drop and var background)
        {
            yield return $"CLIPImageProcessor has no background: of pictures with clear parts, which this model sees on {Spelling.Of(background)}, it drops the alpha; "
                + "opaque pictures stay as they are";
        }

        if (model.Preprocess.Exif)
        {
            yield return "CLIPImageProcessor does not turn pictures as their EXIF orientation says, as this model's preprocessing does";
        }

        if (model.Cleaning
            is not (TextCleaning.HuggingFace or TextCleaning.Siglip or TextCleaning.AsIs or TextCleaning.LowerOnly))
        {
            yield return HuggingFaceConfig.IsClip(model.Config)
                ? "texts of the result are cleaned in Hugging Face's way, not in OpenAI's: huggingface can say no other"
                : "texts of the result are cleaned as transformers' tokenizer does, not as open_clip does: huggingface can say no other";
        }
    }

    public override void Write(string path, ModelFiles model, IReadOnlyList<NamedTensor> weights) =>
        AtomicFolder.Write(path, folder =>
    {
        var tokenizer = model.FindTokenizer();
        var (start, end) = tokenizer is null
            ? (model.Config.Text.VocabSize - 2, model.Config.Text.VocabSize - 1)
            : (tokenizer.StartToken, tokenizer.EndToken);
        WriteJson(folder, ConfigFile, HuggingFaceConfig.Of(model.Config, Numbers(weights), start, end),
            HuggingFaceJson.Default.HuggingFaceConfig);
        WriteJson(folder, PreprocessorFile,
            HuggingFaceProcessor.Write(model.Preprocess with { Background = Background.Drop }, model.Config.Vision.ImageSize,
                HuggingFaceConfig.IsSiglip(model.Config)),
            HuggingFaceJson.Default.JsonObject);
        AtomicFile.Write(Path.Combine(folder, SafetensorsFile), stream => SafetensorsWriter.Write(
            stream, weights.SelectMany(HuggingFaceKeys.Of(model.Config).Cut),
            new Dictionary<string, string> { ["format"] = "pt" }));
        if (tokenizer is not null)
        {
            tokenizer.Save(folder);
            if (tokenizer is BpeTokenizer)
            {
                HuggingFaceTokenizerFiles.Write(folder, model.Config.Text.ContextLength);
            }
        }
    });

    private static string[] Shards(string folder, IReadOnlyDictionary<string, string> index)
    {
        var names = index.Values.Distinct().Order(StringComparer.Ordinal).ToList();
        var missing = names.Where(name => !File.Exists(Path.Combine(folder, name))).ToList();
        return missing.Count == 0
            ? [.. names.Select(name => Path.Combine(folder, name))]
            : throw new ClipException(ClipError.NoInput, "Shards of the weights are missing", folder,
                $"no {string.Join(", ", missing)}",
                $"all {names.Count} of the index", "Fetch the model's files again.");
    }

    // As transformers 5 does: the image processor within the file for all processors goes before a file of its own.
    private static PreprocessConfig? ReadPreprocessor(string folder, Extent imageSize)
    {
        var (all, own) = (Path.Combine(folder, ProcessorFile), Path.Combine(folder, PreprocessorFile));
        var nested = Read(all)?["image_processor"] as JsonObject;
        var (json, where) = nested is null ? (Read(own), own) : (nested, all);
        return json is null ? null : Sized(HuggingFaceProcessor.Parse(json, where), imageSize, where);

        static JsonObject? Read(string path) =>
            File.Exists(path) ? JsonFile.Read(path, HuggingFaceJson.Default.JsonObject) : null;
    }

    private static PreprocessConfig Sized(PreprocessConfig preprocess, Extent imageSize, string where)
    {
        var faults = new ConfigFaults();
        faults.Require(preprocess.Size == imageSize,
            $"crop_size or size = {preprocess.Size} is not the model's image_size {imageSize}");
        faults.ThrowIfAny(where);
        return preprocess;
    }

    private static string Numbers(IReadOnlyList<NamedTensor> weights) =>
        weights.First(tensor => tensor.Name == "token_embedding.weight").Type switch
        {
            TensorType.F16 => "float16",
            TensorType.BF16 => "bfloat16",
            _ => "float32",
        };

    private static void WriteJson<T>(string folder, string name, T value,
        System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type) =>
        AtomicFile.WriteText(Path.Combine(folder, name), JsonSerializer.Serialize(value, type) + "\n");
}
