using ClipSharp.Files;
using ClipSharp.Images;
using ClipSharp.Text;
using ClipSharp.Weights;

namespace ClipSharp.Models.Layouts;

/// <summary>open_clip's folder: <c>open_clip_config.json</c>, the weights and the tokenizer beside them. It is ours too: what
/// training writes.</summary>
internal sealed class OpenClipLayout() : ModelLayout("open_clip")
{
    private const string WeightsFile = "open_clip_model.safetensors";

    // In open_clip's order (_find_checkpoint_in_dir in its factory.py).
    private static readonly string[] WeightsFiles =
    [
        WeightsFile, "open_clip_pytorch_model.safetensors", "open_clip_pytorch_model.bin", "open_clip_pytorch_model.pth",
        "model.safetensors", "pytorch_model.bin", "pytorch_model.pth", "model.pth",
    ];

    public override IReadOnlyList<string> WeightsNames => WeightsFiles;

    public override bool IsAt(string path) => File.Exists(Path.Combine(path, FolderConfig.FileName));

    public override ModelSource Read(string path) => Describe(path) with
    {
        Weights = [FindWeights(path) ?? throw NoWeights(path, WeightsFiles.Take(3))],
    };

    protected override string? FindWeights(string folder) => FirstOf(folder, WeightsFiles);

    protected override ModelSource Describe(string folder)
    {
        var config = FolderConfig.Read(Path.Combine(folder, FolderConfig.FileName));
        return new ModelSource
        {
            Layout = Name,
            Path = folder,
            Folder = folder,
            Config = config.Model,
            Preprocess = config.Preprocess,
            Cleaning = config.TextCleaning,
            Weights = [],
        };
    }

    public override string? WhyNot(ModelFiles model) => model.Preprocess.ResizeSize is not 0 and var side
        ? $"open_clip resizes to the size it crops, and this model's preprocessing resizes to {side} first"
        : null;

    // They are written: ClipSharp reads them again.
    public override IEnumerable<string> Losses(ModelFiles model)
    {
        if (model.Preprocess.Background is not Background.Drop and var background)
        {
            yield return $"open_clip's own code passes over the background {Spelling.Of(background)} and drops the alpha of pictures; opaque pictures stay as they are";
        }

        if (model.Preprocess.Exif)
        {
            yield return "open_clip's own code does not turn pictures as their EXIF orientation says, as this model's preprocessing does";
        }
    }

    public override void Write(string path, ModelFiles model, IReadOnlyList<NamedTensor> weights) =>
        AtomicFolder.Write(path, folder => Fill(folder, model.Config, model.Preprocess with { Compat = null, Unknown = null },
            model.Cleaning, model.FindTokenizer(), weights));

    /// <summary>Writes a model into a folder that is being filled.</summary>
    public static void Fill(string folder, ModelConfig config, PreprocessConfig preprocess, TextCleaning cleaning,
        TextTokenizer? tokenizer,
        IReadOnlyList<NamedTensor> weights)
    {
        var json = FolderConfig.Of(config, preprocess, cleaning).Validated(folder);
        WeightsFit.Of(config, weights).ThrowIfUnfit(folder);
        AtomicFile.WriteText(Path.Combine(folder, FolderConfig.FileName), json.ToJson());
        AtomicFile.Write(Path.Combine(folder, WeightsFile),
            stream => SafetensorsWriter.Write(stream, weights.SelectMany(OpenClipKeys.Of(config).Cut),
                new Dictionary<string, string> { ["format"] = "pt" }));
        tokenizer?.Save(folder);
    }
}
