using ClipSharp.Models;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace ClipSharp.Benchmarks;

/// <summary>The rival's ModifiedResNet, its pixels in the usual order of memory.</summary>
internal sealed class PlainResNet : nn.Module<Tensor, Tensor>
{
    private readonly Sequential _body;
    private readonly Parameter _positions;
    private readonly MultiheadAttention _attention;
    private readonly Linear _projection;

    public PlainResNet(VisionConfig vision, int embedDim) : base(nameof(PlainResNet))
    {
        long width = vision.Width, inputs = width;
        var parts = new List<nn.Module<Tensor, Tensor>>
        {
            nn.Conv2d(3, width / 2, 3, stride: 2, padding: 1, bias: false), nn.BatchNorm2d(width / 2), nn.ReLU(),
            nn.Conv2d(width / 2, width / 2, 3, padding: 1, bias: false), nn.BatchNorm2d(width / 2), nn.ReLU(),
            nn.Conv2d(width / 2, width, 3, padding: 1, bias: false), nn.BatchNorm2d(width), nn.ReLU(),
            nn.AvgPool2d(2),
        };
        for (var stage = 0; stage < vision.Layers.Count; stage++)
        {
            for (var i = 0; i < vision.Layers[stage]; i++)
            {
                parts.Add(new PlainBottleneck(inputs, width << stage, stage > 0 && i == 0 ? 2 : 1));
                inputs = 4 * (width << stage);
            }
        }

        var grid = vision.Grid.Height;
        _body = nn.Sequential(parts);
        _positions = new Parameter(randn((grid * grid) + 1, 1, inputs) * 0.02);
        _attention = nn.MultiheadAttention(inputs, vision.Heads);
        _projection = nn.Linear(inputs, embedDim);
        RegisterComponents();
    }

    /// <param name="pixels">[B, 3, S, S].</param>
    /// <returns>[B, E].</returns>
    public override Tensor forward(Tensor pixels)
    {
        using var scope = NewDisposeScope();
        var cells = _body.forward(pixels).flatten(2).permute(2, 0, 1);
        var tokens = cat([cells.mean([0L], keepdim: true), cells], dim: 0) + _positions;
        var pooled = _attention.forward(tokens.narrow(0, 0, 1), tokens, tokens, null, false, null).Item1;
        return _projection.forward(pooled.squeeze(0)).MoveToOuterDisposeScope();
    }
}

internal sealed class PlainBottleneck : nn.Module<Tensor, Tensor>
{
    private readonly Sequential _body;
    private readonly Sequential? _shortcut;

    public PlainBottleneck(long inputs, long planes, int stride) : base(nameof(PlainBottleneck))
    {
        _body = nn.Sequential(
            nn.Conv2d(inputs, planes, 1, bias: false), nn.BatchNorm2d(planes), nn.ReLU(),
            nn.Conv2d(planes, planes, 3, padding: 1, bias: false), nn.BatchNorm2d(planes), nn.ReLU(),
            stride > 1 ? nn.AvgPool2d(stride) : nn.Identity(),
            nn.Conv2d(planes, 4 * planes, 1, bias: false), nn.BatchNorm2d(4 * planes));
        _shortcut = stride == 1 && inputs == 4 * planes ? null : nn.Sequential(
            stride > 1 ? nn.AvgPool2d(stride) : nn.Identity(), nn.Conv2d(inputs, 4 * planes, 1, bias: false),
            nn.BatchNorm2d(4 * planes));
        RegisterComponents();
    }

    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        return (_body.forward(input) + (_shortcut?.forward(input) ?? input)).relu().MoveToOuterDisposeScope();
    }
}
