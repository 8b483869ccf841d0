using ClipSharp.Torch.Kernels;
using ClipSharp.Torch.Towers;
using TorchSharp;
using static TorchSharp.torch;

namespace ClipSharp.Torch.Inference;

/// <summary>An <see cref="AttentionPool"/> that only infers. With its one query no key and no value of a cell need be computed:
/// q · (W x + b) is (q W) · x but for a number that all cells share, and of the values' map the cells' weighted mean is taken
/// once.</summary>
internal sealed class PackedAttentionPool : IDisposable
{
    private readonly long _heads;
    private readonly Tensor _positions;   // [G² + 1, C]
    private readonly PackedLinear _query; // scaled by the width of a head
    private readonly Tensor _keys;        // [A, C/A, C]
    private readonly Tensor _values;      // [A, C, C/A]
    private readonly PackedLinear _project;

    /// <param name="pool">Its weights are copied.</param>
    /// <param name="type">Float32 or BFloat16.</param>
    public PackedAttentionPool(AttentionPool pool, ScalarType type)
    {
        using var none = no_grad();
        using var scope = NewDisposeScope();
        _heads = pool.Heads;
        var channels = pool.Key.weight!.shape[1];
        using var scale = Math.Pow(channels / _heads, -0.5).ToScalar();
        _positions = pool.Positions.detach().to(type, copy: true).DetachFromDisposeScope();
        _query = new PackedLinear(pool.Query.weight!.mul(scale), pool.Query.bias!.mul(scale), type);
        _keys = pool.Key.weight.detach().to(type, copy: true).view(_heads, -1, channels).DetachFromDisposeScope();
        _values = pool.Value.weight!.detach().to(type).view(_heads, -1, channels).transpose(1, 2).contiguous()
            .DetachFromDisposeScope();
        // The shares of a mean sum to one: what the values' bias adds is the same in every picture.
        var (weight, bias) = (pool.Project.weight!, pool.Project.bias!);
        _project = new PackedLinear(weight, bias.Plus(weight.mv(pool.Value.bias!)), type);
    }

    /// <param name="grid">[B, C, G, G].</param>
    /// <returns>[B, E].</returns>
    public Tensor Run(Tensor grid)
    {
        using var scope = NewDisposeScope();
        var tokens = AttentionPool.Tokens(grid, _positions);                                             // [B, T, C]
        var queries = _query.Apply(tokens.select(1, 0)).view(tokens.shape[0], _heads, -1);               // [B, A, C/A]
        var asked = queries.transpose(0, 1).bmm(_keys).transpose(0, 1);                                  // [B, A, C]
        var shares = nn.functional.softmax(asked.bmm(tokens.transpose(1, 2)), -1);                       // [B, A, T]
        var means = shares.bmm(tokens).transpose(0, 1);                                                  // [A, B, C]
        var pooled = means.bmm(_values).transpose(0, 1).reshape(tokens.shape[0], -1);                    // [B, C]
        return _project.Apply(pooled).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var part in (IDisposable[])[_positions, _query, _keys, _values, _project])
        {
            part.Dispose();
        }
    }
}
