using static TorchSharp.torch;

namespace ClipSharp.Training.Losses;

/// <summary>What a loss says of a batch of pairs.</summary>
/// <param name="Loss">Its value over the whole batch, a scalar.</param>
/// <param name="Images">[b, E]: how it changes with this process' image features.</param>
/// <param name="Texts">[b, E]: the same for the texts.</param>
/// <param name="LogitScale">The same for t, a scalar.</param>
/// <param name="LogitBias">The same for b, a scalar, where the loss has one.</param>
internal sealed record PairGradients(Tensor Loss, Tensor Images, Tensor Texts, Tensor LogitScale, Tensor? LogitBias = null);

/// <summary>A loss over all pairs of a batch. Its gradients are written by hand and summed row chunk by row chunk, so that the N
/// × N matrix is never in memory as a whole, and so that many processes may share a batch.</summary>
internal interface IPairLoss
{
    /// <param name="images">[b, E], this process' rows, of unit length, float32.</param>
    /// <param name="texts">[b, E], likewise.</param>
    /// <param name="logitScale">t, a scalar: logits are cosines times exp(t).</param>
    /// <param name="logitBias">b, a scalar added to the logits; null where the model has none.</param>
    /// <param name="groups">int64 [b]: rows of one group belong together too; null = each pair stands alone.</param>
    PairGradients Gradients(Tensor images, Tensor texts, Tensor logitScale, Tensor? logitBias, Tensor? groups = null);
}
