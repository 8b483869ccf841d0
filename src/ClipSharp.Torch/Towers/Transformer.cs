using ClipSharp.Models.Towers;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace ClipSharp.Torch.Towers;

/// <summary>A stack of blocks of one width.</summary>
internal sealed class Transformer : nn.Module<Tensor, Tensor>
{
    [ComponentName(Name = "resblocks")]
    private readonly ModuleList<ResidualBlock> _blocks;

    public Transformer(BlockStack blocks, Layers layers) : base(nameof(Transformer))
    {
        _blocks = new ModuleList<ResidualBlock>(
            [.. Enumerable.Range(0, layers.HasBlocks ? blocks.Count : 0).Select(_ => new ResidualBlock(blocks, layers))]);
        RegisterComponents();
    }

    public IReadOnlyList<ResidualBlock> Blocks => [.. _blocks];

    /// <summary>The blocks in order, each disposed before the next: the transformer cannot compute afterwards.</summary>
    public IEnumerable<ResidualBlock> TakeBlocks()
    {
        foreach (var block in _blocks)
        {
            using (block)
            {
                yield return block;
            }
        }
    }

    /// <param name="input">[B, T, D].</param>
    /// <returns>[B, T, D].</returns>
    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        var state = input;
        foreach (var block in _blocks)
        {
            state = block.forward(state);
        }

        return state.MoveToOuterDisposeScope();
    }
}
