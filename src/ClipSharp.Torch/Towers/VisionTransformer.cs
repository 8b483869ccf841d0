using ClipSharp.Models;
using ClipSharp.Torch.Kernels;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace ClipSharp.Torch.Towers;

/// <summary>The ViT image tower (Dosovitskiy et al. 2021) with CLIP's extra norm before the blocks (paper 2.4;
/// <c>VisionTransformer</c> in openai/CLIP).</summary>
internal sealed class VisionTransformer : nn.Module<Tensor, Tensor>
{
    private readonly int _patchSize;

    [ComponentName(Name = "conv1")]
    private readonly Conv2d _patches; // [D, 3, P, P], no bias

    [ComponentName(Name = "class_embedding")]
    private readonly Parameter _classEmbedding; // [D]

    [ComponentName(Name = "positional_embedding")]
    private readonly Parameter _positions; // [G² + 1, D]

    [ComponentName(Name = "ln_pre")]
    private readonly LayerNorm _normBefore;

    [ComponentName(Name = "transformer")]
    private readonly Transformer _transformer;

    [ComponentName(Name = "ln_post")]
    private readonly LayerNorm _normAfter;

    [ComponentName(Name = "proj")]
    private readonly Parameter _projection; // [D, E]

    public VisionTransformer(VisionConfig config, int embedDim, bool quickGelu, Layers layers) : base(nameof(VisionTransformer))
    {
        _patchSize = config.PatchSize ?? throw new ArgumentException("A ViT needs patch_size.", nameof(config));
        var grid = config.ImageSize / _patchSize;
        var spread = Math.Pow(config.Width, -0.5);
        _patches = layers.Convolution(3, config.Width, _patchSize, stride: _patchSize);
        _classEmbedding = layers.Normal(spread, config.Width);
        _positions = layers.Normal(spread, (grid * grid) + 1, config.Width);
        _normBefore = nn.LayerNorm(config.Width);
        _transformer = new Transformer(
            config.Width, config.Layers[0], config.Heads, config.MlpRatio, quickGelu, causal: false, layers);
        _normAfter = nn.LayerNorm(config.Width);
        _projection = layers.Normal(spread, config.Width, embedDim);
        RegisterComponents();
    }

    public LayerNorm NormBefore => _normBefore;

    public Transformer Transformer => _transformer;

    /// <summary>Cuts pictures into P × P patches and projects each: a convolution with kernel = stride = P as one matrix
    /// product.</summary>
    /// <param name="pixels">[B, 3, S, S], normalised.</param>
    /// <returns>[B, G², D], row by row from the top left.</returns>
    public Tensor EmbedPatches(Tensor pixels)
    {
        using var scope = NewDisposeScope();
        var (batch, grid) = (pixels.shape[0], pixels.shape[2] / _patchSize);
        var patches = pixels.view(batch, 3, grid, _patchSize, grid, _patchSize).permute(0, 2, 4, 1, 3, 5)
            .reshape(batch, grid * grid, 3 * _patchSize * _patchSize);                                   // [B, G², 3P²]
        return nn.functional.linear(patches, _patches.weight.flatten(1)).MoveToOuterDisposeScope();      // [B, G², D]
    }

    /// <summary>Puts the class token first and adds the positions.</summary>
    /// <param name="patches">[B, G², D].</param>
    /// <returns>[B, G² + 1, D].</returns>
    public Tensor AddPositions(Tensor patches)
    {
        using var scope = NewDisposeScope();
        var first = _classEmbedding.to(patches.dtype).expand(patches.shape[0], 1, -1);
        return cat([first, patches], dim: 1).Plus(_positions).MoveToOuterDisposeScope();
    }

    /// <summary>The class token after the last norm.</summary>
    /// <param name="state">[B, T, D], the last block's output.</param>
    /// <returns>[B, D].</returns>
    public Tensor Pool(Tensor state)
    {
        using var scope = NewDisposeScope();
        return _normAfter.forward(state.select(1, 0)).MoveToOuterDisposeScope();
    }

    /// <summary>The tower's parts in order.</summary>
    /// <param name="kept">int64 [B, K], the patches that each picture keeps, counted from 0; null = all. The class token always
    /// stays (FLIP, Li et al. 2023, 3).</param>
    public IReadOnlyList<Func<Tensor, Tensor>> Chain(Tensor? kept = null) =>
        [pixels => Begin(pixels, kept), .. _transformer.Blocks.Select(block => (Func<Tensor, Tensor>)block.forward), End];

    /// <summary>The tower without its last projection: [B, D].</summary>
    public IReadOnlyList<Func<Tensor, Tensor>> FeatureChain() => [.. Chain().SkipLast(1), Pool];

    /// <param name="pixels">[B, 3, S, S], normalised.</param>
    /// <returns>[B, E], not yet of unit length.</returns>
    public override Tensor forward(Tensor pixels) => Chain().Run(pixels);

    private Tensor Begin(Tensor pixels, Tensor? kept)
    {
        using var scope = NewDisposeScope();
        var embedded = AddPositions(EmbedPatches(pixels));                                               // [B, G² + 1, D]
        if (kept is not null)
        {
            var rows = kept.unsqueeze(-1).expand(-1, -1, embedded.shape[2]);                             // [B, K, D]
            embedded = cat([embedded.narrow(1, 0, 1), embedded.narrow(1, 1, embedded.shape[1] - 1).gather(1, rows)], dim: 1);
        }

        return _normBefore.forward(embedded).MoveToOuterDisposeScope();
    }

    private Tensor End(Tensor state)
    {
        using var scope = NewDisposeScope();
        return Pool(state).mm(_projection).MoveToOuterDisposeScope();                                    // [B, E]
    }
}
