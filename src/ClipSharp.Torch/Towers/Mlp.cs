using ClipSharp.Torch.Kernels;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace ClipSharp.Torch.Towers;

/// <summary>The two-layer network of a block. OpenAI's models use QuickGELU x·sigmoid(1.702x), open_clip's default is exact
/// GELU.</summary>
internal sealed class Mlp : nn.Module<Tensor, Tensor>
{
    private readonly bool _quickGelu;

    [ComponentName(Name = "c_fc")]
    private readonly Linear _expand;

    [ComponentName(Name = "c_proj")]
    private readonly Linear _project;

    public Mlp(int width, int hidden, bool quickGelu, Layers layers) : base(nameof(Mlp))
    {
        _quickGelu = quickGelu;
        _expand = layers.Linear(width, hidden);
        _project = layers.Linear(hidden, width);
        RegisterComponents();
    }

    public Linear Expand => _expand;

    public Linear Project => _project;

    /// <param name="input">[B, T, D].</param>
    /// <returns>[B, T, D].</returns>
    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        var hidden = Products.Linear(input, _expand.weight!, _expand.bias!);                   // [B, T, 4D]
        var active = _quickGelu ? QuickGelu.Apply(hidden) : nn.functional.gelu(hidden);
        return Products.Linear(active, _project.weight!, _project.bias!).MoveToOuterDisposeScope();
    }
}
