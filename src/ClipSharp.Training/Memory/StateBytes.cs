using ClipSharp.Models;
using ClipSharp.Training.Optimization.Moments;

namespace ClipSharp.Training.Memory;

/// <summary>What of a tower lives as long as the run.</summary>
/// <param name="Parameters">Numbers that are trained or locked.</param>
/// <param name="Weights">Bytes of parameters and running statistics.</param>
/// <param name="Gradients">Bytes of those that are trained; there from backward to the next step.</param>
/// <param name="Moments">Bytes of Adam's two statistics of those, with their scales.</param>
/// <param name="Average">Bytes of the averaged weights.</param>
/// <param name="Largest">Numbers of the largest parameter that is trained.</param>
/// <param name="LargestHalf">Numbers of the largest parameter of 16 bits.</param>
/// <param name="TrainedNumbers">Numbers that are trained.</param>
/// <param name="Sums">Bytes of the matrices that a checkpoint holds beside those that stay, with what is learnt added.</param>
internal readonly record struct StateBytes(
    long Parameters, long Weights, long Gradients, long Moments, long Average, long Largest, long LargestHalf,
    long TrainedNumbers, long Sums)
{
    private const string ImagePrefix = "visual.";

    // Parts of the names of parameters that ClipModel.KeepMatricesAs keeps in 16 bits.
    private static readonly string[] Matrices = [".attn.", ".mlp.", "token_embedding.", "conv", ".downsample.0.", "_proj."];

    /// <summary>All bytes.</summary>
    public long Total => Weights + Gradients + Moments + Average;

    /// <summary>Bytes that a checkpoint holds, and its copy in memory while it is written: all but gradients.</summary>
    public long Saved => Weights + Moments + Average + Sums;

    /// <summary>Of the image tower, or of the text tower with the logit scale; where processes have shares of Adam's statistics,
    /// this one's.</summary>
    public static StateBytes Of(ModelConfig config, bool isImage, TowerFormats formats, TrainOptions options,
        int processes = 1)
    {
        long parameters = 0, weights = 0, gradients = 0, moments = 0, average = 0, largest = 0, largestHalf = 0, trained = 0;
        var layers = new TowerLayers(config);
        foreach (var entry in StateDictShapes.Of(config).Concat(LowRankWeights.Of(config, options))
            .Where(entry => entry.Name.StartsWith(ImagePrefix, StringComparison.Ordinal) == isImage))
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
            if (!layers.IsLocked(entry.Name, options))
            {
                gradients += bytes;
                moments += 2 * Moment(count, options.OptimizerState);
                trained += count;
                largest = Math.Max(largest, count);
            }

            average += options.EmaDecay == 0 ? 0 : sizeof(float) * count;
            largestHalf = Math.Max(largestHalf, isHalf ? count : 0);
        }

        return new StateBytes(parameters, weights, gradients, options.ShardOptimizer ? moments / processes : moments,
            average, largest, largestHalf, trained,
            options.LoraRank is null ? 0 : weights);
    }

    private static long Moment(long count, OptimizerState format) => format switch
    {
        OptimizerState.Bf16 => 2 * count,
        OptimizerState.Fp16 => (2 * count)
            + (sizeof(float) * ((count + BlockHalfMoment.BlockLength - 1) / BlockHalfMoment.BlockLength)),
        OptimizerState.Fp16Jukebox => (2 * count) + sizeof(float),
        _ => sizeof(float) * count,
    };
}
