using static TorchSharp.torch;

namespace ClipSharp.Training.Losses;

/// <summary>What a loss says of a batch of pairs; all float32, on the features' device, without a graph. Where processes share
/// the batch, the trainer sums what all of them say of a parameter.</summary>
/// <param name="Loss">Its value over the whole batch, a scalar.</param>
/// <param name="Images">[b, E]: how it changes with this process' image features, its gradient.</param>
/// <param name="Texts">[b, E]: the same for the texts.</param>
/// <param name="LogitScale">The same for t, a scalar: this process' part of it.</param>
/// <param name="LogitBias">The same for b, a scalar, where the loss has one.</param>
public sealed record PairGradients(Tensor Loss, Tensor Images, Tensor Texts, Tensor LogitScale, Tensor? LogitBias = null);
