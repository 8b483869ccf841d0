using ClipSharp.Models.Towers;
using ClipSharp.Torch.Kernels;
using ClipSharp.Torch.Towers;
using TorchSharp;
using static TorchSharp.torch;

namespace ClipSharp.Torch.Inference;

/// <summary>A model's towers as they only infer, on a processor: weights packed once, normalisation part of the patch
/// embedding, and of the last block only the row that is read. In float32 features equal the
/// training form's within 1e-5.</summary>
internal sealed class PackedTowers : IDisposable
{
    private const int TextsTogether = 32;

    private readonly ClipModel _model;
    private readonly VisionTransformer? _vision; // null: a ResNet
    private readonly PackedResNet? _resNet;
    private readonly TextTransformer _text;
    private readonly PackedPatches? _patches;
    private readonly PackedBlock[] _visionBlocks = [];
    private readonly PackedBlock[] _textBlocks = []; // empty: a class token hides padding, as in training

    private PackedTowers(ClipModel model, ScalarType type)
    {
        _model = model;
        (_vision, _text) = (model.Image as VisionTransformer, (TextTransformer)model.Text);
        if (_vision is not null)
        {
            _patches = new PackedPatches(_vision, model.Preprocess, type);
            _visionBlocks = Take(_vision.Transformer, model.Config.ImageBlocks, type, _vision.ReadsOneToken);
        }
        else
        {
            _resNet = new PackedResNet((ModifiedResNet)model.Image, type);
        }

        if (model.Config.Text.EmbedCls is not true)
        {
            _textBlocks = Take(_text.Transformer, model.Config.TextBlocks, type, lastAsksOneRow: true);
        }
    }

    /// <summary>Takes the weights out of a model, which itself cannot compute afterwards; null where it must stay as it is: on a
    /// device, and while something is learnt beside its matrices.</summary>
    /// <param name="model">The model.</param>
    /// <param name="precision">The format.</param>
    public static PackedTowers? TryTake(ClipModel model, Precision precision)
    {
        ScalarType? type = precision.Format switch
        {
            NumberFormat.Fp32 => ScalarType.Float32,
            NumberFormat.Bf16 or NumberFormat.PureBf16 => ScalarType.BFloat16,
            _ => null,
        };
        return type is { } known && model.Device.type == DeviceType.CPU && !model.HasLowRank
            ? new PackedTowers(model, known)
            : null;
    }

    /// <summary>Pictures to unit vectors.</summary>
    /// <param name="pixels">uint8 [B, 3, H, W].</param>
    /// <returns>[B, E].</returns>
    public Tensor EncodeImages(Tensor pixels)
    {
        using var scope = NewDisposeScope();
        return _vision is null
            ? ClipModel.Unit(RunResNet(pixels)).MoveToOuterDisposeScope()
            : ClipModel.Unit(_vision.End(Run(_vision, pixels))).MoveToOuterDisposeScope();
    }

    /// <summary>Pictures to what stands before the last projection.</summary>
    /// <param name="pixels">uint8 [B, 3, H, W].</param>
    /// <returns>[B, D].</returns>
    public Tensor EncodeImageFeatures(Tensor pixels)
    {
        using var scope = NewDisposeScope();
        var features = _vision is null ? RunResNet(pixels) : _vision.Pool(Run(_vision, pixels));
        return features.MoveToOuterDisposeScope();
    }

    /// <summary>Texts to unit vectors.</summary>
    /// <param name="ids">int64 [B, T].</param>
    /// <param name="readPositions">int64 [B].</param>
    /// <returns>[B, E].</returns>
    public Tensor EncodeTexts(Tensor ids, Tensor readPositions)
    {
        if (_textBlocks.Length == 0)
        {
            return _model.EncodeTexts(ids, readPositions);
        }

        if (!_model.Config.TextBlocks.IsCausal || ids.shape[0] <= TextsTogether)
        {
            return EncodeTogether(ids, readPositions);
        }

        // Nothing behind the last row that is read is computed, so that short texts do not go with long ones.
        using var scope = NewDisposeScope();
        var order = readPositions.argsort();
        var groups = order.split(TextsTogether).Select(rows =>
        {
            var places = readPositions.index_select(0, rows);
            var length = places[-1].ToInt64() + 1;
            return EncodeTogether(ids.index_select(0, rows).narrow(1, 0, length).contiguous(), places);
        }).ToList();
        return cat(groups, 0).index_select(0, order.argsort()).MoveToOuterDisposeScope();
    }

    private Tensor EncodeTogether(Tensor ids, Tensor readPositions)
    {
        using var scope = NewDisposeScope();
        var state = _text.Embed(ids);
        foreach (var block in _textBlocks.SkipLast(1))
        {
            block.Run(state);
        }

        var row = TextTransformer.ReadRow(state, readPositions);
        var seen = _model.Config.TextBlocks.IsCausal ? readPositions.Plus(ones_like(readPositions)) : null;
        _textBlocks[^1].RunRow(state, row, seen);
        return ClipModel.Unit(_text.Project(row)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _patches?.Dispose();
        _resNet?.Dispose();
        foreach (var block in _visionBlocks.Concat(_textBlocks))
        {
            block.Dispose();
        }
    }

    private Tensor RunResNet(Tensor pixels) => _resNet!.Run(_model.Normalized(pixels));

    // The last block's output, [B, T, D], or [B, 1, D] of the one token that is read.
    private Tensor Run(VisionTransformer vision, Tensor pixels)
    {
        using var scope = NewDisposeScope();
        var embedded = vision.AddPositions(_patches!.Embed(pixels)).to(float32);
        var state = vision.NormBefore?.forward(embedded) ?? embedded;
        foreach (var block in vision.ReadsOneToken ? _visionBlocks.SkipLast(1) : _visionBlocks)
        {
            block.Run(state);
        }

        if (vision.ReadsOneToken)
        {
            var row = state.narrow(1, 0, 1).clone();
            _visionBlocks[^1].RunRow(state, row, null);
            state = row;
        }

        return state.MoveToOuterDisposeScope();
    }

    private static PackedBlock[] Take(Towers.Transformer transformer, BlockStack blocks, ScalarType type, bool lastAsksOneRow)
    {
        var packed = new List<PackedBlock>();
        foreach (var (i, block) in transformer.Blocks.Index())
        {
            packed.Add(new PackedBlock(block, blocks, type, lastAsksOneRow && i == blocks.Count - 1));
            block.Dispose(); // one by one: a large model does not fit twice
        }

        return [.. packed];
    }
}
