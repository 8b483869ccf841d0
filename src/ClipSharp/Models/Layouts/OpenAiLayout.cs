using System.Buffers.Binary;
using ClipSharp.Files;
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
        return !model.Config.QuickGelu ? "openai/CLIP computes QuickGELU always, and this model has GELU"
            : model.Config.InitLogitBias is not null ? "openai/CLIP has no logit bias, and this model, trained by SigLIP's loss, has one"
            : vision.HeadWidth != 64 || text.Heads * 64 != text.Width ? "openai/CLIP takes all heads to be 64 wide, and this model's are not"
            : (!vision.IsResNet && vision.MlpRatio != 4) || text.MlpRatio != 4 ? "openai/CLIP takes every MLP to be 4 times as wide, and this model's are not"
            : null;
    }

    public override void Write(string path, ModelFiles model, IReadOnlyList<NamedTensor> weights) =>
        AtomicFile.Write(path, stream => TorchArchiveWriter.Write(stream, weights.Concat(Scalars(model.Config))));

    // build_model drops them; they tell us and others that these are OpenAI's weights, with their activation.
    private static IEnumerable<NamedTensor> Scalars(ModelConfig config) =>
        KeyTable.OpenAiScalars.Zip([config.Vision.ImageSize, config.Text.ContextLength, config.Text.VocabSize],
            (name, value) => new NamedTensor(name, TensorType.I64, [], Bytes(value)));

    private static byte[] Bytes(long value)
    {
        var bytes = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
        return bytes;
    }
}
