using ClipSharp.Torch.Kernels;
using ClipSharp.Torch.Towers;
using TorchSharp;
using static TorchSharp.torch;

namespace ClipSharp.Torch.Inference;

/// <summary>A text tower as it only infers: of the last block only the row that is read, and nothing behind the last row that a
/// group of texts reads.</summary>
internal sealed class PackedTexts : IDisposable
{
    private const int Together = 32;

    private readonly ClipModel _model;
    private readonly TextTransformer _text;
    private readonly PackedBlock[] _blocks; // empty: a class token hides padding, as in training

    /// <param name="model">Its text tower's blocks are taken out of it.</param>
    /// <param name="type">Float32 or BFloat16.</param>
    /// <param name="blocks">The tower's, in order; null = those of the model.</param>
    public PackedTexts(ClipModel model, ScalarType type, IEnumerable<ResidualBlock>? blocks)
    {
        _model = model;
        _text = (TextTransformer)model.Text;
        _blocks = model.Config.Text.EmbedCls is true
            ? []
            : PackedBlock.Take(blocks ?? _text.Transformer.TakeBlocks(), model.Config.TextBlocks, type, lastAsksOneRow: true);
    }

    /// <summary>Texts to unit vectors.</summary>
    /// <param name="ids">int64 [B, T].</param>
    /// <param name="readPositions">int64 [B].</param>
    /// <returns>[B, E].</returns>
    public Tensor Encode(Tensor ids, Tensor readPositions)
    {
        if (_blocks.Length == 0)
        {
            return _model.EncodeTexts(ids, readPositions);
        }

        if (!_model.Config.TextBlocks.IsCausal || ids.shape[0] <= Together)
        {
            return EncodeTogether(ids, readPositions);
        }

        // Nothing behind the last row that is read is computed, so that short texts do not go with long ones.
        using var scope = NewDisposeScope();
        var order = readPositions.argsort();
        var groups = order.split(Together).Select(rows =>
        {
            var places = readPositions.index_select(0, rows);
            var length = places[-1].ToInt64() + 1;
            return EncodeTogether(ids.index_select(0, rows).narrow(1, 0, length).contiguous(), places);
        }).ToList();
        return cat(groups, 0).index_select(0, order.argsort()).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var block in _blocks)
        {
            block.Dispose();
        }
    }

    private Tensor EncodeTogether(Tensor ids, Tensor readPositions)
    {
        using var scope = NewDisposeScope();
        var state = _text.Embed(ids);
        foreach (var block in _blocks.SkipLast(1))
        {
            block.Run(state);
        }

        var row = TextTransformer.ReadRow(state, readPositions);
        var seen = _model.Config.TextBlocks.IsCausal ? readPositions.Plus(ones_like(readPositions)) : null;
        _blocks[^1].RunRow(state, row, seen);
        return ClipModel.Unit(_text.Project(row)).MoveToOuterDisposeScope();
    }
}
