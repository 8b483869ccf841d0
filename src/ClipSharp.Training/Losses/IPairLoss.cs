using static TorchSharp.torch;

namespace ClipSharp.Training.Losses;

/// <summary>A loss over all pairs of a batch, with its gradients. Those here write them by hand and sum them row chunk by row
/// chunk, so that the N × N matrix is never in memory as a whole, and so that many processes may share a batch; one's own may ask
/// libtorch's autograd. Towers, micro-batches, loss scale and update are the trainer's.</summary>
public interface IPairLoss
{
    /// <summary>The loss of a model that cannot tell pairs apart; null = none is known. A run that stays there is warned
    /// of.</summary>
    /// <param name="pairs">N.</param>
    double? OfGuessing(int pairs) => null;

    /// <summary>Loss and gradients of a batch. Tensors that it makes may stay for the step's dispose scope; those that it is
    /// given it neither changes nor disposes.</summary>
    /// <param name="images">[b, E], this process' rows, of unit length, float32.</param>
    /// <param name="texts">[b, E], likewise.</param>
    /// <param name="logitScale">t, a scalar: logits are cosines times exp(t).</param>
    /// <param name="logitBias">b, a scalar added to the logits; null where the model has none.</param>
    /// <param name="groups">int64 [b]: rows of one group belong together too; null = each pair stands alone.</param>
    /// <returns>Fresh tensors of the caller's dispose scope; the trainer scales the gradients in place.</returns>
    PairGradients Gradients(Tensor images, Tensor texts, Tensor logitScale, Tensor? logitBias, Tensor? groups = null);
}
