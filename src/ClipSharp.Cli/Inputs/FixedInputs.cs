using System.Numerics.Tensors;
using ClipSharp.Images;
using ClipSharp.Models;
using ClipSharp.Text;

namespace ClipSharp.Cli.Inputs;

/// <summary>Pictures and texts that are always the same, to compare or time models by.</summary>
/// <param name="Pictures">Noise.</param>
/// <param name="Texts">Random ids of several lengths, the first of full length; the last id is the end token.</param>
internal sealed record FixedInputs(PixelBatch Pictures, TokenBatch Texts)
{
    /// <summary>Makes them for a model.</summary>
    /// <param name="config">The model.</param>
    /// <param name="count">How many of each.</param>
    public static FixedInputs Of(ModelConfig config, int count)
    {
        var random = new RandomStream(0, RandomPurpose.Synthesis);
        var size = config.Vision.ImageSize;
        var pixels = new PixelBatch(count, size);
        for (var i = 0; i < count; i++)
        {
            foreach (ref var value in pixels.Picture(i))
            {
                value = (byte)random.NextInt32(256);
            }
        }

        var (length, end) = (config.Text.ContextLength, config.Text.VocabSize - 1);
        var ids = new int[count * length];
        int[] ends = [.. Enumerable.Range(0, count).Select(i => Math.Max(2, length >> i) - 1)];
        for (var i = 0; i < count; i++)
        {
            foreach (ref var id in ids.AsSpan(i * length, ends[i]))
            {
                id = random.NextInt32(end);
            }

            ids[(i * length) + ends[i]] = end;
        }

        return new FixedInputs(pixels, new TokenBatch(ids, length, ends));
    }

    /// <summary>The largest difference between numbers of two engines' vectors.</summary>
    public static float LargestDifference(Embeddings one, Embeddings other)
    {
        var differences = new float[one.Values.Length];
        TensorPrimitives.Subtract(one.Values, other.Values, differences);
        return Math.Abs(TensorPrimitives.MaxMagnitude(differences)); // NaN, if any
    }

    /// <summary>The least cosine of two engines' vectors of the same input.</summary>
    public static float LeastCosine(Embeddings one, Embeddings other) => Enumerable.Range(0, one.Count)
        .Min(row => TensorPrimitives.CosineSimilarity(one.Row(row), other.Row(row)));
}
