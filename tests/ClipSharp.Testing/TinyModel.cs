using System.Runtime.InteropServices;
using ClipSharp.Images;
using ClipSharp.Models;
using ClipSharp.Text;
using ClipSharp.Weights;

namespace ClipSharp.Testing;

/// <summary>A model folder with random weights: 16 pixels, one narrow block a tower, the small vocabulary.</summary>
public static class TinyModel
{
    /// <summary>What it is.</summary>
    public static ModelConfig Config { get; } = new()
    {
        EmbedDim = 32,
        Vision = new VisionConfig { Layers = [1], ImageSize = 16, PatchSize = 8, Width = 16, HeadWidth = 8 },
        Text = new TextConfig { ContextLength = 16, VocabSize = 1536, Width = 16, Heads = 2, Layers = 1 },
    };

    /// <summary>With a class token behind the text.</summary>
    public static ModelConfig WithClassToken { get; } = Config with { Text = Config.Text with { EmbedCls = true } };

    /// <summary>Writes the folder.</summary>
    /// <param name="path">Where; it must not exist yet.</param>
    /// <param name="seed">Of the weights.</param>
    /// <param name="config">Another model; it has the tokenizer if its vocabulary is the small one.</param>
    public static ModelFiles Write(string path, long seed = 0, ModelConfig? config = null)
    {
        config ??= Config;
        var tokenizer = config.Text.VocabSize == Config.Text.VocabSize
            ? BpeTokenizer.Load(SharedFiles.Fixture("tokenizer-small"))
            : null;
        ModelFiles.Write(path, config, new PreprocessConfig(), tokenizer,
            StateDictShapes.Of(config)
                .Select((entry, number) => new NamedTensor(entry.Name, TensorType.F32, entry.Shape, Draw(entry, seed, number))));
        return ModelFiles.Open(path);
    }

    /// <summary>A model whose heads are of one width in both towers, which are 160 wide.</summary>
    public static ModelConfig WithHeads(int width) => Config with
    {
        Vision = Config.Vision with { Width = 160, HeadWidth = width },
        Text = Config.Text with { Width = 160, Heads = 160 / width },
    };

    /// <summary>Writes the weights of a model into one file, without its configuration.</summary>
    /// <param name="model">The model.</param>
    /// <param name="path">A file of safetensors.</param>
    /// <param name="rename">From our names to the file's; null = as they are.</param>
    public static void WriteBare(ModelFiles model, string path, Func<string, string>? rename = null)
    {
        using var weights = model.OpenWeights();
        using var file = File.Create(path);
        SafetensorsWriter.Write(file, weights.Tensors.Values.Select(tensor =>
            new NamedTensor(rename?.Invoke(tensor.Name) ?? tensor.Name, tensor.Type, tensor.Shape, tensor.Bytes)));
    }

    /// <summary>Puts a NaN into a tensor of a file of safetensors.</summary>
    /// <param name="path">The file.</param>
    /// <param name="tensor">Of floats; its last number is replaced.</param>
    public static void Spoil(string path, string tensor)
    {
        NamedTensor[] tensors;
        using (var file = WeightsFile.Open(path))
        {
            tensors = [.. file.Tensors.Values
                .Select(each => new NamedTensor(each.Name, each.Type, each.Shape, each.Bytes().ToArray()))];
        }

        using var target = File.Create(path);
        SafetensorsWriter.Write(target, tensors.Select(each =>
        {
            var bytes = each.Bytes().ToArray();
            if (each.Name == tensor)
            {
                bytes.AsSpan(^(each.Type.Size() == 4 ? 4 : 2)..).Fill(0xFF); // the exponent's bits and more
            }

            return new NamedTensor(each.Name, each.Type, each.Shape, bytes);
        }));
    }

    private static byte[] Draw(StateDictEntry entry, long seed, int number)
    {
        var values = new float[entry.Shape.Aggregate(1L, (product, side) => product * side)];
        var random = new RandomStream(seed, RandomPurpose.Initialization, number);
        foreach (ref var value in values.AsSpan())
        {
            value = entry.Name == "logit_scale" ? (float)Math.Log(100) : (float)(0.3 * random.NextNormal());
        }

        return MemoryMarshal.AsBytes<float>(values).ToArray();
    }
}
