using ClipSharp.Models;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace ClipSharp.Benchmarks;

/// <summary>The rival's ViT.</summary>
internal sealed class PlainVisionTransformer : nn.Module<Tensor, Tensor>
{
    private readonly Conv2d _patches;
    private readonly Parameter _class;
    private readonly Parameter _positions;
    private readonly LayerNorm _before;
    private readonly ModuleList<PlainBlock> _blocks;
    private readonly LayerNorm _after;
    private readonly Linear _projection;

    public PlainVisionTransformer(VisionConfig vision, int embedDim) : base(nameof(PlainVisionTransformer))
    {
        var patch = vision.PatchSize!.Value;
        _patches = nn.Conv2d(3, vision.Width, patch, stride: patch, bias: false);
        _class = new Parameter(randn(vision.Width));
        _positions = new Parameter(randn(vision.Grid.Area + 1, vision.Width) * 0.02);
        _before = nn.LayerNorm(vision.Width);
        _blocks = new ModuleList<PlainBlock>([.. Enumerable.Range(0, vision.Layers[0])
            .Select(_ => new PlainBlock(vision.Width, vision.Heads))]);
        _after = nn.LayerNorm(vision.Width);
        _projection = nn.Linear(vision.Width, embedDim, false);
        RegisterComponents();
    }

    /// <param name="pixels">[B, 3, S, S].</param>
    /// <returns>[B, E].</returns>
    public override Tensor forward(Tensor pixels)
    {
        using var scope = NewDisposeScope();
        var patches = _patches.forward(pixels).flatten(2).transpose(1, 2);
        var state = _before.forward(cat([_class.expand(pixels.shape[0], 1, -1), patches], dim: 1) + _positions);
        foreach (var block in _blocks)
        {
            state = block.forward(state, null);
        }

        return _projection.forward(_after.forward(state.select(1, 0))).MoveToOuterDisposeScope();
    }
}
