using ClipSharp.Models;
using ClipSharp.Training.Optimization.Moments;

namespace ClipSharp.Training.Memory;

/// <summary>What of a tower lives as long as the run.</summary>
/// <param name="Parameters">Numbers that are trained or locked.</param>
/// <param name="Weights">Bytes of parameters and running statistics.</param>
/// <param name="Gradients">Bytes; kept and zeroed between steps.</param>
/// <param name="Moments">Bytes of Adam's two statistics with their scales.</param>
/// <param name="Average">Bytes of the averaged weights.</param>
/// <param name="HalfNumbers">Parameters that are kept in 16 bits.</param>
/// <param name="Largest">Numbers of the largest parameter.</param>
internal readonly record struct StateBytes(
    long Parameters, long Weights, long Gradients, long Moments, long Average, long HalfNumbers, long Largest)
{
    private const string ImagePrefix = "visual.";

    // Parts of the names of parameters that ClipModel.KeepMatricesAs keeps in 16 bits.
    private static readonly string[] Matrices = [".attn.", ".mlp.", "token_embedding.", "conv", ".downsample.0.", "_proj."];

    /// <summary>All bytes.</summary>
    public long Total => Weights + Gradients + Moments + Average;

    /// <summary>Of the image tower, or of the text tower with the logit scale.</summary>
    public static StateBytes Of(ModelConfig config, bool isImage, TowerFormats formats, TrainOptions options)
    {
        long parameters = 0, weights = 0, gradients = 0, moments = 0, average = 0, half = 0, largest = 0;
        foreach (var entry in StateDictShapes.Of(config).Where(entry => entry.Name.StartsWith(ImagePrefix, StringComparison.Ordinal) == isImage))
        {
            var count = entry.Shape.Aggregate(1L, (product, side) => checked(product * side));
            if (entry.IsBuffer)
            {
                var isCounter = entry.Shape.Length == 0; // batches seen: int64, and not averaged
                weights += count * (isCounter ? sizeof(long) : sizeof(float));
                average += isCounter || options.EmaDecay == 0 ? 0 : sizeof(float) * count;
                continue;
            }

            var isHalf = formats.HasHalfWeights && Matrices.Any(part => entry.Name.Contains(part, StringComparison.Ordinal));
            var bytes = count * (isHalf ? 2 : sizeof(float));
            parameters += count;
            weights += bytes;
            gradients += bytes;
            moments += 2 * Moment(count, options.OptimizerState);
            average += options.EmaDecay == 0 ? 0 : sizeof(float) * count;
            half += isHalf ? count : 0;
            largest = Math.Max(largest, count);
        }

        return new StateBytes(parameters, weights, gradients, moments, average, half, largest);
    }

    private static long Moment(long count, string format) => format switch
    {
        "bf16" => 2 * count,
        "fp16" => (2 * count) + (sizeof(float) * ((count + BlockHalfMoment.BlockLength - 1) / BlockHalfMoment.BlockLength)),
        "fp16-jukebox" => (2 * count) + sizeof(float),
        _ => sizeof(float) * count,
    };
}
