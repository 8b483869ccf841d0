using static TorchSharp.torch;

namespace ClipSharp.Training.Optimization.Sharing;

/// <summary>What processes tell each other of parameters in a step: gradients before the update, weights after it.</summary>
internal interface IParameterSync
{
    /// <summary>Told on the way back: the gradients of this part of a tower, and of those behind it, are complete. Whoever
    /// listens may begin to sum them.</summary>
    /// <param name="isImage">Which tower.</param>
    /// <param name="part">The part of its chain.</param>
    void Done(bool isImage, int part);

    /// <summary>Sums the gradients over all processes, in float32.</summary>
    /// <returns>Those that this process is to update by; together, all processes' are all gradients once.</returns>
    IReadOnlyList<Tensor> SumGradients();

    /// <summary>The sum of a number over the processes whose gradients are not the same.</summary>
    double Total(double number);

    /// <summary>Hands out the weights that each process has updated.</summary>
    void ShareWeights();
}

/// <summary>One process alone.</summary>
/// <param name="parameters">The model's.</param>
internal sealed class NoSync(IReadOnlyList<TorchSharp.Modules.Parameter> parameters) : IParameterSync
{
    /// <inheritdoc/>
    public void Done(bool isImage, int part)
    {
    }

    /// <inheritdoc/>
    public IReadOnlyList<Tensor> SumGradients() => [.. parameters.Select(p => p.grad).OfType<Tensor>()];

    /// <inheritdoc/>
    public double Total(double number) => number;

    /// <inheritdoc/>
    public void ShareWeights()
    {
    }
}
