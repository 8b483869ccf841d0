using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace ClipSharp.Torch.Towers;

/// <summary>A learnt factor for each channel of what a block adds (Touvron et al. 2021; <c>LayerScale</c> in open_clip's
/// <c>transformer.py</c>).</summary>
internal sealed class LayerScale : nn.Module<Tensor, Tensor>
{
    [ComponentName(Name = "gamma")]
    private readonly Parameter _factors; // [D]

    public LayerScale(int width, double start) : base(nameof(LayerScale))
    {
        using var value = start.ToScalar();
        _factors = new Parameter(full([width], value));
        RegisterComponents();
    }

    public Parameter Factors => _factors;

    /// <param name="branch">[B, T, D].</param>
    /// <returns>[B, T, D] float32, as what flows between blocks is.</returns>
    public override Tensor forward(Tensor branch) => branch * _factors;
}
