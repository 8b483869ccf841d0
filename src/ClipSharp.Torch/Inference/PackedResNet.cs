using ClipSharp.Torch.Towers;
using static TorchSharp.torch;

namespace ClipSharp.Torch.Inference;

/// <summary>A <see cref="ModifiedResNet"/> that only infers.</summary>
internal sealed class PackedResNet : IDisposable
{
    private readonly ScalarType _type;
    private readonly PackedConvolution[] _stem;
    private readonly List<PackedBottleneck> _blocks = [];
    private readonly PackedAttentionPool _pool;

    /// <param name="tower">Its weights are taken: it cannot compute afterwards.</param>
    /// <param name="type">Float32 or BFloat16.</param>
    public PackedResNet(ModifiedResNet tower, ScalarType type)
    {
        using var none = no_grad();
        using var scope = NewDisposeScope();
        _type = type;
        _stem = [.. tower.StemParts.Select(part =>
        {
            var (weight, bias) = part.Norm.FoldedInto(part.Convolution);
            return new PackedConvolution(weight, bias, part.Convolution.stride![0], type);
        })];
        foreach (var block in tower.Blocks)
        {
            _blocks.Add(new PackedBottleneck(block, type));
            block.Dispose(); // one by one: a large model does not fit twice
        }

        _pool = new PackedAttentionPool(tower.Pooling, type);
    }

    /// <param name="pixels">float32 [B, 3, S, S], normalised.</param>
    /// <returns>[B, E], not yet of unit length.</returns>
    public Tensor Run(Tensor pixels)
    {
        using var scope = NewDisposeScope();
        var state = ModifiedResNet.ChannelsLast(pixels.to(_type));
        foreach (var convolution in _stem)
        {
            state = convolution.Apply(state);
        }

        state = nn.functional.avg_pool2d(state, 2);
        foreach (var block in _blocks)
        {
            state = block.Run(state);
        }

        return _pool.Run(state).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var part in _stem.Concat<IDisposable>(_blocks).Append(_pool))
        {
            part.Dispose();
        }
    }
}
