using ClipSharp.Models;
using ClipSharp.Models.Towers;
using ClipSharp.Torch.Kernels;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace ClipSharp.Torch.Towers;

/// <summary>The ViT image tower (Dosovitskiy et al. 2021) with CLIP's extra norm before the blocks (paper 2.4;
/// <c>VisionTransformer</c> in openai/CLIP), and what other families have otherwise (<c>VisionTransformer</c> in open_clip and in
/// timm).</summary>
internal sealed class VisionTransformer : nn.Module<Tensor, Tensor>
{
    private readonly int _patchSize;
    private readonly ImagePooling _pooling;
    private readonly bool _normsPooled;

    [ComponentName(Name = "conv1")]
    private readonly Conv2d _patches; // [D, 3, P, P]

    [ComponentName(Name = "class_embedding")]
    private readonly Parameter? _classEmbedding; // [D]

    [ComponentName(Name = "positional_embedding")]
    private readonly Parameter _positions; // [G + 1, D], without a class token [G, D]

    [ComponentName(Name = "ln_pre")]
    private readonly LayerNorm? _normBefore;

    [ComponentName(Name = "transformer")]
    private readonly Transformer _transformer;

    [ComponentName(Name = "ln_post")]
    private readonly LayerNorm _normAfter;

    [ComponentName(Name = "attn_pool")]
    private readonly AttentionPooling? _attentionPooling;

    [ComponentName(Name = "proj")]
    private readonly Parameter? _projection; // [D, E]

    [ComponentName(Name = "proj_bias")]
    private readonly Parameter? _projectionBias; // [E]

    public VisionTransformer(ModelConfig config, Layers layers) : base(nameof(VisionTransformer))
    {
        var (vision, blocks) = (config.Vision, config.ImageBlocks);
        _patchSize = vision.PatchSize ?? throw new ArgumentException("A ViT needs patch_size.", nameof(config));
        (_pooling, _normsPooled) = (vision.Pooling, vision.FinalLnAfterPool is true || vision.Pooling == ImagePooling.ClassToken);
        var (grid, width) = (vision.Grid, blocks.Width);
        var spread = Math.Pow(width, -0.5);
        _patches = layers.Convolution(3, width, _patchSize, stride: _patchSize, hasBias: vision.HasPatchBias);
        _classEmbedding = vision.HasClassToken ? layers.Normal(spread, width) : null;
        var rows = grid.Area + (vision.HasClassToken ? 1 : 0);
        _positions = vision.HasFixedPositions ? Waves.Positions(grid.Height, width) : layers.Normal(spread, rows, width);
        _normBefore = vision.HasNormBefore ? nn.LayerNorm(width, blocks.Epsilon) : null;
        _transformer = new Transformer(blocks, layers);
        _normAfter = nn.LayerNorm(width, blocks.Epsilon);
        _attentionPooling = vision.Pooling == ImagePooling.Attention ? new AttentionPooling(blocks, layers) : null;
        (_projection, _projectionBias) = layers.Projection(vision.Projection, spread, width, config.EmbedDim);
        RegisterComponents();
    }

    /// <summary>From a patch's numbers to the residual width: [D, 3, P, P] and, where there is one, [D].</summary>
    public Conv2d Patches => _patches;

    /// <summary>Whether one token's row is the feature.</summary>
    public bool ReadsOneToken => _pooling == ImagePooling.ClassToken;

    /// <summary>Null where the tower has none.</summary>
    public LayerNorm? NormBefore => _normBefore;

    public Transformer Transformer => _transformer;

    /// <summary>The norm behind the blocks.</summary>
    public LayerNorm NormAfter => _normAfter;

    /// <summary>Null where the tower pools otherwise.</summary>
    public AttentionPooling? AttentionPooling => _attentionPooling;

    /// <summary>Cuts pictures into P × P patches and projects each: a convolution with kernel = stride = P as one matrix product.
    /// Pixels at the right and below that fill no patch are not seen.</summary>
    /// <param name="pixels">[B, 3, H, W], normalised.</param>
    /// <returns>[B, G, D], row by row from the top left.</returns>
    public Tensor EmbedPatches(Tensor pixels)
    {
        using var scope = NewDisposeScope();
        var (patches, weight) = (CutPatches(pixels), _patches.weight.flatten(1));
        return Products.Linear(patches, weight, _patches.bias).MoveToOuterDisposeScope();                // [B, G, D]
    }

    /// <summary>The numbers of each patch, row by row from the top left.</summary>
    /// <param name="pixels">[B, 3, H, W], of any type.</param>
    /// <returns>[B, G, 3P²].</returns>
    public Tensor CutPatches(Tensor pixels)
    {
        using var scope = NewDisposeScope();
        var (batch, rows, columns) = (pixels.shape[0], pixels.shape[2] / _patchSize, pixels.shape[3] / _patchSize);
        var (height, width) = (rows * _patchSize, columns * _patchSize);                                 // that are seen
        var whole = height == pixels.shape[2] && width == pixels.shape[3]
            ? pixels
            : pixels.narrow(2, 0, height).narrow(3, 0, width).contiguous();
        return whole.view(batch, 3, rows, _patchSize, columns, _patchSize).permute(0, 2, 4, 1, 3, 5)
            .reshape(batch, rows * columns, 3 * _patchSize * _patchSize).MoveToOuterDisposeScope();
    }

    /// <summary>Puts the class token first, where there is one, and adds the positions.</summary>
    /// <param name="patches">[B, G, D].</param>
    /// <returns>[B, T, D].</returns>
    public Tensor AddPositions(Tensor patches)
    {
        using var scope = NewDisposeScope();
        var tokens = _classEmbedding is null
            ? patches
            : cat([_classEmbedding.to(patches.dtype).expand(patches.shape[0], 1, -1), patches], dim: 1);
        return tokens.Plus(_positions).MoveToOuterDisposeScope();
    }

    /// <summary>One vector a picture, normed.</summary>
    /// <param name="state">[B, T, D], the last block's output.</param>
    /// <returns>[B, D].</returns>
    public Tensor Pool(Tensor state)
    {
        using var scope = NewDisposeScope();
        // A norm works row by row, so that of the rows that are read alone is the same.
        var pooled = _normsPooled
            ? _normAfter.forward(Choose(state))
            : Choose(_normAfter.forward(state));
        return pooled.MoveToOuterDisposeScope();
    }

    /// <summary>The tower's parts in order.</summary>
    /// <param name="kept">int64 [B, K], the patches that each picture keeps, counted from 0; null = all. The class token always
    /// stays (FLIP, Li et al. 2023, 3).</param>
    public IReadOnlyList<Func<Tensor, Tensor>> Chain(Tensor? kept = null) =>
        [pixels => Begin(pixels, kept), .. _transformer.Blocks.Select(block => (Func<Tensor, Tensor>)block.forward), End];

    /// <summary>The tower without its last projection: [B, D].</summary>
    public IReadOnlyList<Func<Tensor, Tensor>> FeatureChain() => [.. Chain().SkipLast(1), Pool];

    /// <param name="pixels">[B, 3, H, W], normalised.</param>
    /// <returns>[B, E], not yet of unit length.</returns>
    public override Tensor forward(Tensor pixels) => Chain().Run(pixels);

    private Tensor Begin(Tensor pixels, Tensor? kept)
    {
        using var scope = NewDisposeScope();
        var embedded = AddPositions(EmbedPatches(pixels));                                               // [B, T, D]
        if (kept is not null)
        {
            var rows = kept.unsqueeze(-1).expand(-1, -1, embedded.shape[2]);                             // [B, K, D]
            var first = _classEmbedding is null ? 0 : 1;
            var patches = embedded.narrow(1, first, embedded.shape[1] - first).gather(1, rows);
            embedded = first == 0 ? patches : cat([embedded.narrow(1, 0, 1), patches], dim: 1);
        }

        return (_normBefore?.forward(embedded) ?? embedded).MoveToOuterDisposeScope();
    }

    // [B, T, D] → [B, D].
    private Tensor Choose(Tensor tokens) => _pooling switch
    {
        ImagePooling.ClassToken => tokens.select(1, 0),
        ImagePooling.Average when _classEmbedding is null => tokens.mean([1]),
        ImagePooling.Average => tokens.narrow(1, 1, tokens.shape[1] - 1).mean([1]),
        _ => _attentionPooling!.forward(tokens),
    };

    /// <summary>The pooled feature in the joint space.</summary>
    /// <param name="state">[B, T, D], the last block's output; where <see cref="ReadsOneToken"/>, of that token only will
    /// do.</param>
    /// <returns>[B, E].</returns>
    public Tensor End(Tensor state)
    {
        using var scope = NewDisposeScope();
        return Pool(state).Projected(_projection, _projectionBias).MoveToOuterDisposeScope();            // [B, E]
    }
}
