using ClipSharp.Torch.Kernels;
using ClipSharp.Torch.Towers;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace ClipSharp.Torch.Inference;

/// <summary>An <see cref="AttentionPool"/> that only infers.</summary>
internal sealed class PackedAttentionPool : IDisposable
{
    private readonly int _heads;
    private readonly Tensor _positions; // [G² + 1, C]
    private readonly PackedLinear _query;
    private readonly PackedLinear _key;
    private readonly PackedLinear _value;
    private readonly PackedLinear _project;

    /// <param name="pool">Its weights are copied.</param>
    /// <param name="type">Float32 or BFloat16.</param>
    public PackedAttentionPool(AttentionPool pool, ScalarType type)
    {
        using var none = no_grad();
        _heads = pool.Heads;
        _positions = pool.Positions.detach().to(type, copy: true).DetachFromDisposeScope();
        (_query, _key, _value, _project) = (Packed(pool.Query), Packed(pool.Key), Packed(pool.Value), Packed(pool.Project));

        PackedLinear Packed(Linear linear) => new(linear.weight!, linear.bias, type);
    }

    /// <param name="grid">[B, C, G, G].</param>
    /// <returns>[B, E].</returns>
    public Tensor Run(Tensor grid)
    {
        using var scope = NewDisposeScope();
        var tokens = AttentionPool.Tokens(grid, _positions);                                             // [B, G² + 1, C]
        var query = _query.Apply(tokens.narrow(1, 0, 1));                                                // [B, 1, C]
        var pooled = RowAttention.Apply(query, _key.Apply(tokens), _value.Apply(tokens), _heads);
        return _project.Apply(pooled.squeeze(1)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var part in (IDisposable[])[_positions, _query, _key, _value, _project])
        {
            part.Dispose();
        }
    }
}
