using ClipSharp.Torch.Towers;
using static TorchSharp.torch;

namespace ClipSharp.Torch.Inference;

/// <summary>An image tower as it only infers: normalisation is part of the patch embedding, and of the last block only the row
/// that is read is computed; a ResNet as <see cref="PackedResNet"/>.</summary>
internal sealed class PackedImages : IDisposable
{
    private readonly ClipModel _model;
    private readonly VisionTransformer? _vision; // null: a ResNet
    private readonly PackedResNet? _resNet;
    private readonly PackedPatches? _patches;
    private readonly PackedBlock[] _blocks = [];

    /// <param name="model">Its image tower's large weights are taken out of it.</param>
    /// <param name="type">Float32 or BFloat16.</param>
    /// <param name="blocks">A ViT's, in order; null = those of the model.</param>
    public PackedImages(ClipModel model, ScalarType type, IEnumerable<ResidualBlock>? blocks)
    {
        _model = model;
        if (model.Image is VisionTransformer vision)
        {
            _vision = vision;
            _patches = new PackedPatches(vision, model.Preprocess, type);
            _blocks = PackedBlock.Take(blocks ?? vision.Transformer.TakeBlocks(), model.Config.ImageBlocks, type,
                vision.ReadsOneToken);
        }
        else
        {
            _resNet = new PackedResNet((ModifiedResNet)model.Image, type);
        }
    }

    /// <summary>Pictures to unit vectors.</summary>
    /// <param name="pixels">uint8 [B, 3, H, W].</param>
    /// <returns>[B, E].</returns>
    public Tensor Encode(Tensor pixels)
    {
        using var scope = NewDisposeScope();
        return ClipModel.Unit(_vision is null ? RunResNet(pixels) : _vision.End(Run(_vision, pixels))).MoveToOuterDisposeScope();
    }

    /// <summary>Pictures to what stands before the last projection.</summary>
    /// <param name="pixels">uint8 [B, 3, H, W].</param>
    /// <returns>[B, D].</returns>
    public Tensor EncodeFeatures(Tensor pixels)
    {
        using var scope = NewDisposeScope();
        var features = _vision is null ? RunResNet(pixels) : _vision.Pool(Run(_vision, pixels));
        return features.MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _patches?.Dispose();
        _resNet?.Dispose();
        foreach (var block in _blocks)
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
        foreach (var block in vision.ReadsOneToken ? _blocks.SkipLast(1) : _blocks)
        {
            block.Run(state);
        }

        if (vision.ReadsOneToken)
        {
            var row = state.narrow(1, 0, 1).clone();
            _blocks[^1].RunRow(state, row, null);
            state = row;
        }

        return state.MoveToOuterDisposeScope();
    }
}
