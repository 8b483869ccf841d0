using ClipSharp.Models.Towers;
using ClipSharp.Torch.Kernels;
using ClipSharp.Torch.Towers;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace ClipSharp.Torch.Inference;

/// <summary>A <see cref="ResidualBlock"/> that only infers: its matrices are packed in the type in which they multiply, and
/// layer scale is part of them. What flows between blocks stays float32.</summary>
internal sealed class PackedBlock : IDisposable
{
    private readonly BlockStack _blocks;
    private readonly Mlp _mlp; // its activation only
    private readonly (Tensor Weight, Tensor Bias) _attentionNorm;
    private readonly (Tensor Weight, Tensor Bias) _mlpNorm;
    private readonly PackedLinear _queries;
    private readonly PackedLinear _keysAndValues;
    private readonly PackedLinear _out;
    private readonly PackedLinear _expand;
    private readonly PackedLinear _project;

    /// <param name="block">Its weights are copied.</param>
    /// <param name="blocks">What it is.</param>
    /// <param name="type">Float32 or BFloat16.</param>
    public PackedBlock(ResidualBlock block, BlockStack blocks, ScalarType type)
    {
        using var none = no_grad();
        using var scope = NewDisposeScope();
        (_blocks, _mlp) = (blocks, block.Mlp);
        _attentionNorm = Kept(block.AttentionNorm);
        _mlpNorm = Kept(block.MlpNorm);
        var (weight, bias, width) = (block.Attention.InWeight, block.Attention.InBias, blocks.Width);
        _queries = new PackedLinear(weight.narrow(0, 0, width), bias.narrow(0, 0, width), type);
        _keysAndValues = new PackedLinear(weight.narrow(0, width, 2 * width), bias.narrow(0, width, 2 * width), type);
        _out = Scaled(block.Attention.Out, block.AttentionScale, type);
        _expand = Scaled(block.Mlp.Expand, null, type);
        _project = Scaled(block.Mlp.Project, block.MlpScale, type);
    }

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
        foreach (var part in (IDisposable[])[_queries, _keysAndValues, _out, _expand, _project,
            _attentionNorm.Weight, _attentionNorm.Bias, _mlpNorm.Weight, _mlpNorm.Bias])
        {
            part.Dispose();
        }
    }

    private void Run(Tensor state, Tensor asking, Tensor? seen)
    {
        using var scope = NewDisposeScope();
        asking.AddInPlace(_out.Apply(Attend(state, asking, seen)));
        asking.AddInPlace(_project.Apply(_mlp.Activate(_expand.Apply(Norm(asking, _mlpNorm)))));
    }

    // [B, Q, D], Q rows asking.
    private Tensor Attend(Tensor state, Tensor asking, Tensor? seen)
    {
        using var scope = NewDisposeScope();
        var (width, isWhole) = (_blocks.Width, ReferenceEquals(state, asking));
        var normed = Norm(state, _attentionNorm);
        var queries = _queries.Apply(isWhole ? normed : Norm(asking, _attentionNorm));                       // [B, Q, D]
        var both = _keysAndValues.Apply(normed);                                                             // [B, T, 2D]
        return RowAttention.Apply(queries, both.narrow(2, 0, width), both.narrow(2, width, width), _blocks.Heads,
            isWhole && _blocks.IsCausal, seen).MoveToOuterDisposeScope();
    }

    private Tensor Norm(Tensor state, (Tensor Weight, Tensor Bias) norm) =>
        nn.functional.layer_norm(state, [_blocks.Width], norm.Weight, norm.Bias, _blocks.Epsilon);

    private static (Tensor Weight, Tensor Bias) Kept(LayerNorm norm) =>
        (norm.weight!.detach().clone().DetachFromDisposeScope(), norm.bias!.detach().clone().DetachFromDisposeScope());

    private static PackedLinear Scaled(Linear linear, LayerScale? scale, ScalarType type) => scale is null
        ? new PackedLinear(linear.weight!, linear.bias, type)
        : new PackedLinear(linear.weight! * scale.Factors.unsqueeze(1), linear.bias! * scale.Factors, type);
}
