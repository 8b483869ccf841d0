using ClipSharp.Torch;
using ClipSharp.Torch.Towers;
using static TorchSharp.torch;

namespace ClipSharp.Training.Passes;

/// <summary>A tower that is not trained at all (LiT, Zhai et al. 2022): features only.</summary>
/// <param name="precision">The format in which the tower computes.</param>
internal sealed class LockedPass(Precision precision) : ITowerPass
{
    public Tensor Forward(TowerBatch batch, CancellationToken cancel)
    {
        using var none = no_grad();
        using var scope = NewDisposeScope();
        using var format = precision.Enter(batch.Input.device_type);
        return batch.Chain.Run(batch.Input).MoveToOuterDisposeScope();
    }

    public void Backward(Tensor gradient, CancellationToken cancel)
    {
    }
}
