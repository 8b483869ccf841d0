using TorchSharp.Modules;
using static TorchSharp.torch;

namespace ClipSharp.Torch.Inference;

/// <summary>A function of each number that oneDNN applies in the pass of the product before it.</summary>
internal sealed class FusedActivation
{
    private readonly byte[] _name;       // libtorch's, as C has text
    private readonly byte[]? _algorithm; // likewise
    private readonly Func<Tensor, Tensor> _plain;

    private FusedActivation(ReadOnlySpan<byte> name, ReadOnlySpan<byte> algorithm, Func<Tensor, Tensor> plain) =>
        (_name, _algorithm, _plain) = ([.. name, 0], algorithm.IsEmpty ? null : [.. algorithm, 0], plain);

    public static FusedActivation None { get; } = new("none"u8, [], x => x);

    /// <summary>max(x, 0).</summary>
    public static FusedActivation Rectifier { get; } = new("relu"u8, [], x => x.relu_());

    /// <summary>x · σ(x).</summary>
    public static FusedActivation Swish { get; } = new("swish"u8, [], x => nn.functional.silu(x));

    /// <summary>x · Φ(x).</summary>
    public static FusedActivation Gelu { get; } = new("gelu"u8, "none"u8, x => nn.functional.gelu(x));

    /// <summary>Its approximation by the hyperbolic tangent.</summary>
    public static FusedActivation TanhGelu { get; } = new("gelu"u8, "tanh"u8, x => x.gelu(GELU.Approximate.tanh));

    public ReadOnlySpan<byte> Name => _name;

    /// <summary>Empty = there is but one.</summary>
    public ReadOnlySpan<byte> Algorithm => _algorithm;

    /// <summary>By an operation of its own; what is given may change.</summary>
    public Tensor Apply(Tensor x) => _plain(x);
}
