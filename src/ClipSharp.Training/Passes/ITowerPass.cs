using static TorchSharp.torch;

namespace ClipSharp.Training.Passes;

/// <summary>How a tower goes through a step: features first, then, once the loss has said how they should move, gradients into
/// the parameters. The ways differ in what they keep between the two and what they compute again, not in the result.</summary>
internal interface ITowerPass
{
    /// <summary>Features of all rows, [N, E], without a graph.</summary>
    /// <param name="batch">The rows.</param>
    /// <param name="cancel">Looked at between micro-batches.</param>
    /// <exception cref="OperationCanceledException">Cancelled; running statistics may have taken in some rows.</exception>
    Tensor Forward(TowerBatch batch, CancellationToken cancel);

    /// <summary>Adds the gradients of the last <see cref="Forward"/> to the parameters.</summary>
    /// <param name="gradient">[N, E]: of the loss by the features.</param>
    /// <param name="cancel">Looked at between micro-batches.</param>
    /// <exception cref="OperationCanceledException">Cancelled; gradients are those of some rows.</exception>
    void Backward(Tensor gradient, CancellationToken cancel);
}
