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

    /// <summary>Writes the folder.</summary>
    /// <param name="path">Where; it must not exist yet.</param>
    /// <param name="seed">Of the weights.</param>
    /// <param name="config">Another model than <see cref="Config"/>.</param>
    public static ModelFiles Write(string path, long seed = 0, ModelConfig? config = null)
    {
        config ??= Config;
        var tokenizer = BpeTokenizer.Load(SharedFiles.Fixture("tokenizer-small"));
        ModelFiles.Write(path, config, new PreprocessConfig(), tokenizer,
            StateDictShapes.Of(config)
                .Select((entry, number) => new NamedTensor(entry.Name, TensorType.F32, entry.Shape, Draw(entry, seed, number))));
        return ModelFiles.Open(path);
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
