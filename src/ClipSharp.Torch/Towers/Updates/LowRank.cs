using ClipSharp.Torch.Kernels;
using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace ClipSharp.Torch.Towers.Updates;

/// <summary>What is learnt beside a matrix that stays: the product of two thin ones, W + s · B A (LoRA, Hu et al. 2022). B begins
/// as zeros, so that nothing changes at first.</summary>
internal sealed class LowRank : nn.Module<Tensor, Tensor>
{
    private readonly double _scale;

    [ComponentName(Name = "lora_A")]
    private readonly Parameter _down; // [P, R, K]

    [ComponentName(Name = "lora_B")]
    private readonly Parameter _up; // [P, M / P, R]

    /// <param name="matrix">W, [M, K].</param>
    /// <param name="parts">P: matrices that lie one below the other in it, each with an A and a B of its own, as those of
    /// queries, keys and values do.</param>
    /// <param name="rank">R.</param>
    /// <param name="scale">s.</param>
    public LowRank(Tensor matrix, int parts, int rank, double scale) : base(nameof(LowRank))
    {
        var (outputs, inputs, device) = (matrix.shape[0], matrix.shape[1], matrix.device);
        _scale = scale;
        var most = 1 / Math.Sqrt(inputs); // as nn.Linear begins
        _down = new Parameter(empty([parts, rank, inputs], device: device));
        nn.init.uniform_(_down, -most, most);
        _up = new Parameter(zeros([parts, outputs / parts, rank], device: device));
        RegisterComponents();
    }

    /// <param name="input">[..., K].</param>
    /// <returns>[..., M]: what is added to x · Wᵀ.</returns>
    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        var (parts, rank, inputs) = (_down.shape[0], _down.shape[1], _down.shape[2]);
        var rows = input.reshape(-1, inputs);                                                            // [N, K]
        var thin = nn.functional.linear(rows, _down.view(parts * rank, inputs));                          // [N, P·R]
        using var scale = _scale.ToScalar();
        var added = bmm(thin.view(-1, parts, rank).transpose(0, 1), _up.transpose(1, 2)).mul(scale);      // [P, N, M/P]
        return added.transpose(0, 1).reshape([.. input.shape[..^1], parts * _up.shape[1]]).MoveToOuterDisposeScope();
    }

    /// <summary>W + s · B A: the matrix that computes the same alone.</summary>
    /// <param name="matrix">W, [M, K].</param>
    public Tensor Merged(Tensor matrix)
    {
        using var scope = NewDisposeScope();
        using var scale = _scale.ToScalar();
        return matrix.Plus(bmm(_up, _down).mul(scale).view(matrix.shape)).MoveToOuterDisposeScope();
    }
}
