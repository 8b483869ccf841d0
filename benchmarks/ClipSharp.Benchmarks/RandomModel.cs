using System.Runtime.InteropServices;
using ClipSharp.Images;
using ClipSharp.Models;
using ClipSharp.Text;
using ClipSharp.Weights;

namespace ClipSharp.Benchmarks;

/// <summary>Models with random weights: as fast as trained ones.</summary>
internal static class RandomModel
{
    /// <summary>Writes a model's folder where there is none.</summary>
    /// <param name="preset">Its kind, such as ViT-B-32.</param>
    /// <param name="path">The folder.</param>
    /// <param name="vocabulary">A tokenizer's files.</param>
    public static void Write(string preset, string path, string vocabulary)
    {
        if (!Directory.Exists(path))
        {
            var config = ModelPresets.Find(preset);
            ModelFiles.Write(path, config, new PreprocessConfig(), BpeTokenizer.Load(vocabulary),
                StateDictShapes.Of(config).Select(RandomTensor));
        }
    }

    // Of a size that keeps activations in bounds, residual branches small.
    private static NamedTensor RandomTensor(StateDictEntry entry, int number) =>
        new(entry.Name, TensorType.F32, entry.Shape, () =>
    {
        var values = new float[entry.Shape.Aggregate(1L, (product, side) => product * side)];
        var random = new RandomStream(0, RandomPurpose.Initialization, number);
        var isGain = entry.Shape.Length == 1
            && (entry.Name.EndsWith("weight", StringComparison.Ordinal)
                || entry.Name.EndsWith("running_var", StringComparison.Ordinal));
        var middle = entry.Name == "logit_scale" ? Math.Log(100) : !isGain ? 0
            : entry.Name.EndsWith("bn3.weight", StringComparison.Ordinal) ? 0.3 : 1;
        var spread = entry.Shape.Length < 2
            ? 0.02
            : Math.Sqrt(3.0 / entry.Shape.Skip(1).Aggregate(1L, (product, side) => product * side));
        foreach (ref var value in values.AsSpan())
        {
            value = (float)(middle + random.NextDouble(-spread, spread));
        }

        return MemoryMarshal.AsBytes<float>(values).ToArray();
    });
}
