using TorchSharp;
using static TorchSharp.torch;

namespace ClipSharp.Training.Losses;

/// <summary>CLIP's loss (paper 2.3, figure 3): of N × N pairs, the N on the diagonal belong together; the mean of the cross-entropy over
/// each picture's texts and over each text's pictures. Always float32.</summary>
public static class ContrastiveLoss
{
    /// <param name="images">[N, E], rows of unit length.</param>
    /// <param name="texts">[N, E], rows of unit length.</param>
    /// <param name="logitScale">t, a scalar: logits are cosines times exp(t).</param>
    /// <param name="labelSmoothing">The share of the target spread over all pairs, 0 in the paper.</param>
    /// <returns>A scalar.</returns>
    public static Tensor Symmetric(Tensor images, Tensor texts, Tensor logitScale, double labelSmoothing = 0)
    {
        using var scope = NewDisposeScope();
        var logits = images.mm(texts.t()) * logitScale.exp();                                    // [N, N]
        using Scalar count = images.shape[0];
        using Scalar half = 0.5;
        var labels = arange(count, dtype: ScalarType.Int64, device: images.device);              // [N]
        var lossImages = nn.functional.cross_entropy(logits, labels, label_smoothing: labelSmoothing);
        var lossTexts = nn.functional.cross_entropy(logits.t(), labels, label_smoothing: labelSmoothing);
        return ((lossImages + lossTexts) * half).MoveToOuterDisposeScope();
    }
}
