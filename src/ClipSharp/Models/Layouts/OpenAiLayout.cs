using System.Buffers.Binary;
using ClipSharp.Files;
using ClipSharp.Images;
using ClipSharp.Models.Layouts.Tokenizers;
using ClipSharp.Models.Towers;
using ClipSharp.Text;
using ClipSharp.Weights;

namespace ClipSharp.Models.Layouts;

/// <summary>One file of weights and nothing beside it: OpenAI's archives, state dicts, training checkpoints. Written is what
/// <c>clip.load</c> of openai/CLIP takes: a state dict saved by torch.</summary>
internal sealed class OpenAiLayout() : ModelLayout("openai")
{
    public override bool IsAt(string path) => File.Exists(path);

    public override ModelSource Read(string path) => new()
    {
        Layout = Name,
        Path = path,
        Folder = Path.GetDirectoryName(Path.GetFullPath(path))!,
        Weights = [path],
    };

    public override string? WhyNot(ModelFiles model)
    {
        var (vision, text) = (model.Config.Vision, model.Config.Text);
        List<string> reasons = [];
        Require(model.Config.QuickGelu, "computes QuickGELU always, and this model has GELU");
        Require(IsPlain(model.Config),
            "has towers with class token, end token, causal mask, norms before and behind and plain projections, and this model's are others");
        Require(vision.ImageSize.IsSquare, $"sees squares, and this model pictures of {vision.ImageSize} pixels");
        Require(model.Config.InitLogitBias is null, "has no logit bias, and this model, trained by SigLIP's loss, has one");
        Require(vision.HeadWidth == 64 && text.Heads * 64 == text.Width,
            "takes all heads to be 64 wide, and this model's are not");
        Require((vision.IsResNet || vision.MlpRatio == 4) && text.MlpRatio == 4,
            "takes every MLP to be 4 times as wide, and this model's are not");
        return reasons.Count == 0 ? null : "openai/CLIP " + string.Join("; it ", reasons);

        void Require(bool holds, string reason)
        {
            if (!holds)
            {
                reasons.Add(reason);
            }
        }
    }

    // Of the form that build_model makes.
    private static bool IsPlain(ModelConfig config) => config.HasPlainTowers && config.Text.Pooling == TextPooling.Largest
        && (config.Vision.IsResNet || config.ImageBlocks is { LayerScale: null, Epsilon: 1e-5 })
        && config.TextBlocks is { LayerScale: null, Epsilon: 1e-5 };

    public override IEnumerable<string> Losses(ModelFiles model)
    {
        var (ours, theirs) = (model.Preprocess, new PreprocessConfig());
        (string Name, bool IsSame)[] members =
        [
            ("mean", ours.Mean.SequenceEqual(theirs.Mean)), ("std", ours.Std.SequenceEqual(theirs.Std)),
            ("interpolation", ours.Interpolation == theirs.Interpolation), ("resize_mode", ours.ResizeMode == theirs.ResizeMode),
            ("resize_size", ours.ResizeSize == theirs.ResizeSize), ("background", ours.Background == theirs.Background),
            ("exif", ours.Exif == theirs.Exif),
        ];
        if (string.Join(", ", members.Where(member => !member.IsSame).Select(member => member.Name)) is { Length: > 0 } others)
        {
            yield return $"a file of weights does not say how pictures are made: clip.load makes them OpenAI's way, and this model's has another {others}";
        }

        if (model.HasTokenizer)
        {
            yield return "a file of weights holds no tokenizer: --tokenizer names this model's, and clip.load takes OpenAI's"
                + (model.Config.Text.VocabSize == OpenAiVocabulary.Size ? "" : ", which is another");
        }

        if (model.Cleaning != TextCleaning.OpenAI)
        {
            yield return "texts of the result are cleaned in OpenAI's way, not in Hugging Face's: openai can say no other";
        }
    }

    public override void Write(string path, ModelFiles model, IReadOnlyList<NamedTensor> weights) =>
        AtomicFile.Write(path, stream => TorchArchiveWriter.Write(stream, weights.Concat(Scalars(model.Config))));

    // build_model drops them; they tell us and others that these are OpenAI's weights, with their activation.
    private static IEnumerable<NamedTensor> Scalars(ModelConfig config) =>
        KeyTable.OpenAiScalars.Zip([config.Vision.ImageSize.Height, config.Text.ContextLength, config.Text.VocabSize],
            (name, value) => new NamedTensor(name, TensorType.I64, [], Bytes(value)));

    private static byte[] Bytes(long value)
    {
        var bytes = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
        return bytes;
    }
}
