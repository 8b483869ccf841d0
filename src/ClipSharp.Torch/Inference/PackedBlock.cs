using ClipSharp.Models.Towers;
using ClipSharp.Torch.Kernels;
using ClipSharp.Torch.Towers;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace ClipSharp.Torch.Inference;

/// <summary>A <see cref="ResidualBlock"/> that only infers: its matrices are packed in the type in which they multiply, and
/// layer scale is part of them. What flows between blocks stays float32.</summary>
internal sealed class PackedBlock : IDisposable
{
    private readonly BlockStack _blocks;
    private readonly (Tensor Weight, Tensor Bias) _attentionNorm;
    private readonly (Tensor Weight, Tensor Bias) _mlpNorm;
    private readonly PackedLinear? _queries; // where one row asks
    private readonly PackedLinear _joint;    // queries, keys, values; where one row asks without queries
    private readonly PackedLinear _out;
    private readonly PackedLinear _expand;
    private readonly PackedLinear _project;

    /// <param name="block">Its weights are copied.</param>
    /// <param name="blocks">What it is.</param>
    /// <param name="type">Float32 or BFloat16.</param>
    /// <param name="asksOneRow">Whether <see cref="RunRow"/> is what it is for, else <see cref="Run(Tensor)"/>.</param>
    public PackedBlock(ResidualBlock block, BlockStack blocks, ScalarType type, bool asksOneRow)
    {
        using var none = no_grad();
        using var scope = NewDisposeScope();
        _blocks = blocks;
        _attentionNorm = Kept(block.AttentionNorm);
        _mlpNorm = Kept(block.MlpNorm);
        var (weight, bias, width) = ((Tensor)block.Attention.InWeight, (Tensor)block.Attention.InBias, blocks.Width);
        if (asksOneRow)
        {
            _queries = new PackedLinear(weight.narrow(0, 0, width), bias.narrow(0, 0, width), type);
            (weight, bias) = (weight.narrow(0, width, 2 * width), bias.narrow(0, width, 2 * width));
        }

        _joint = new PackedLinear(weight, bias, type);
        _out = Packed(block.Attention.Out, block.AttentionScale?.Factors, type);
        // x σ(f x) = swish(f x) / f
        var (factor, activation) = blocks.Activation switch
        {
            Activation.QuickGelu => (QuickGelu.Factor, FusedActivation.Swish),
            Activation.TanhGelu => (1, FusedActivation.TanhGelu),
            _ => (1, FusedActivation.Gelu),
        };
        _expand = Packed(block.Mlp.Expand, factor == 1 ? null : tensor([factor]), type, activation: activation);
        _project = Packed(block.Mlp.Project, block.MlpScale?.Factors, type, 1 / factor);
    }

    /// <summary>Packs the blocks of a tower in order, each before the next is asked for.</summary>
    /// <param name="blocks">All of them.</param>
    /// <param name="stack">What they are.</param>
    /// <param name="type">Float32 or BFloat16.</param>
    /// <param name="lastAsksOneRow">Whether one row of the last block's output is read.</param>
    public static PackedBlock[] Take(IEnumerable<ResidualBlock> blocks, BlockStack stack, ScalarType type, bool lastAsksOneRow) =>
        [.. blocks.Select((block, i) => new PackedBlock(block, stack, type, lastAsksOneRow && i == stack.Count - 1))];

    /// <summary>All rows.</summary>
    /// <param name="state">float32 [B, T, D]; it is changed to the result.</param>
    public void Run(Tensor state) => Run(state, state, null);

    /// <summary>One row of each text or picture.</summary>
    /// <param name="state">float32 [B, T, D].</param>
    /// <param name="row">float32 [B, 1, D], copied from it; it is changed to the result.</param>
    /// <param name="seen">int64 [B]: how many of the first tokens each row sees; null = all.</param>
    public void RunRow(Tensor state, Tensor row, Tensor? seen) => Run(state, row, seen);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var part in (IDisposable?[])[_queries, _joint, _out, _expand, _project,
            _attentionNorm.Weight, _attentionNorm.Bias, _mlpNorm.Weight, _mlpNorm.Bias])
        {
            part?.Dispose();
        }
    }

    private void Run(Tensor state, Tensor asking, Tensor? seen)
    {
        using var scope = NewDisposeScope();
        _out.AddTo(asking, Attend(state, asking, seen));
        _project.AddTo(asking, _expand.Apply(Norm(asking, _mlpNorm)));
    }

    // [B, Q, D], Q rows asking.
    private Tensor Attend(Tensor state, Tensor asking, Tensor? seen)
    {
        using var scope = NewDisposeScope();
        var (width, isWhole) = (_blocks.Width, ReferenceEquals(state, asking));
        if (isWhole != (_queries is null))
        {
            throw new InvalidOperationException("The block was packed for the other use.");
        }

        var joint = _joint.Apply(Norm(state, _attentionNorm));                                         // [B, T, 3D] or [B, T, 2D]
        var queries = _queries?.Apply(Norm(asking, _attentionNorm)) ?? joint.narrow(2, 0, width);           // [B, Q, D]
        var end = joint.shape[2];
        var (keys, values) = (joint.narrow(2, end - (2 * width), width), joint.narrow(2, end - width, width));
        return RowAttention.Apply(queries, keys, values, _blocks.Heads, isWhole && _blocks.IsCausal, seen)
            .MoveToOuterDisposeScope();
    }

    private Tensor Norm(Tensor state, (Tensor Weight, Tensor Bias) norm) =>
        nn.functional.layer_norm(state, [_blocks.Width], norm.Weight, norm.Bias, _blocks.Epsilon);

    private static (Tensor Weight, Tensor Bias) Kept(LayerNorm norm) =>
        (norm.weight!.detach().clone().DetachFromDisposeScope(), norm.bias!.detach().clone().DetachFromDisposeScope());

    // outputs: [M] or [1], what each output is multiplied by; null = nothing.
    private static PackedLinear Packed(Linear linear, Tensor? outputs, ScalarType type, float inputs = 1,
        FusedActivation? activation = null)
    {
        using var scope = NewDisposeScope();
        using var factor = inputs.ToScalar();
        var (weight, bias) = (inputs == 1 ? linear.weight! : linear.weight!.mul(factor), (Tensor)linear.bias!);
        return outputs is null
            ? new PackedLinear(weight, bias, type, activation)
            : new PackedLinear(weight * outputs.unsqueeze(1), bias * outputs, type, activation);
    }
}
