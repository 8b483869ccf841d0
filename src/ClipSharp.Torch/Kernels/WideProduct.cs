using ClipSharp.Torch.Loading;
using TorchSharp;
using static TorchSharp.torch;

namespace ClipSharp.Torch.Kernels;

/// <summary>x · Wᵀ + b in float32 on a processor, and its gradients, by oneDNN (<c>mkldnn::_linear_pointwise</c>). libtorch sends
/// float32 to MKL, which takes vectors of 256 bits only on processors not made by Intel: on an AMD EPYC with AVX-512 these are
/// 2.0 to 2.4 times as fast. Transposed matrices are views, not copies.</summary>
internal static unsafe class WideProduct
{
    // Multiply-adds: for fewer a call through .NET takes longer than it saves.
    private const long LeastWork = 1 << 21;

    private static readonly bool IsAvailable = NativeFunction.LinearPointwise.IsAvailable;

    private static readonly Lazy<bool> CanAccumulate = new(() =>
        NativeFunction.MatrixProduct.IsAvailable && NativeFunction.CallDispatcher.IsAvailable && IsBfloat16Supported());

    /// <summary>Whether it computes this product. In mixed precision libtorch does, in 16 bits.</summary>
    public static bool Fits(Tensor rows, Tensor weight) => IsAvailable && rows.device_type == DeviceType.CPU
        && rows.dtype == ScalarType.Float32 && weight.dtype == ScalarType.Float32 && !Autocast.IsEnabled(DeviceType.CPU)
        && rows.shape[0] * weight.numel() >= LeastWork;

    /// <param name="rows">[N, K].</param>
    /// <param name="weight">[M, K].</param>
    /// <param name="bias">[M]; null = 0.</param>
    /// <returns>[N, M].</returns>
    public static Tensor Apply(Tensor rows, Tensor weight, Tensor? bias)
    {
        using var scope = NewDisposeScope();
        var isLearnt = is_grad_enabled() && (rows.requires_grad || weight.requires_grad || bias?.requires_grad is true);
        var result = !isLearnt ? Multiply(rows, weight, bias)
            : bias is null ? WithGradients.Of(rows, weight)
            : WithGradients.Of(rows, weight, bias);
        return result.MoveToOuterDisposeScope();
    }

    private static Tensor Multiply(Tensor rows, Tensor weight, Tensor? bias)
    {
        using var none = no_grad();
        nint added = bias?.Handle ?? 0, product = 0;
        var multiply = (delegate* unmanaged[Cdecl]<nint, nint, nint*, byte*, double**, long, byte**, nint*, int>)
            NativeFunction.LinearPointwise.Address;
        fixed (byte* name = "none\0"u8)
        {
            return multiply(rows.Handle, weight.Handle, bias is null ? null : &added, name, null, 0, null, &product) == 0
                ? Tensor.UnsafeCreateTensor(product)
                : throw new InvalidOperationException("libtorch's product by oneDNN failed.");
        }
    }

    // [M, N] and [N, K], where N is large: the other way would copy both first.
    private static Tensor Accumulate(Tensor left, Tensor right)
    {
        if (!CanAccumulate.Value)
        {
            return left.mm(right);
        }

        var product = empty(left.shape[0], right.shape[1], left.dtype, left.device);
        ((delegate* unmanaged[Cdecl]<nint, nint, nint, float, float, void>)NativeFunction.MatrixProduct.Address)(
            left.Handle, right.Handle, product.Handle, 0, 1);
        return product;
    }

    // libtorch asks for bfloat16 here even where the numbers are float32, and would end the process.
    private static bool IsBfloat16Supported()
    {
        nint answer = 0;
        var call = (delegate* unmanaged[Cdecl]<byte*, byte*, nint*, int>)NativeFunction.CallDispatcher.Address;
        fixed (byte* operation = "mkldnn::_is_mkldnn_bf16_supported\0"u8, overload = "\0"u8)
        {
            return call(operation, overload, &answer) == 0 && (byte)answer != 0;
        }
    }

#pragma warning disable CA1812 // TorchSharp makes the one instance.
    private sealed class WithGradients : GradientFunction<WithGradients>
#pragma warning restore CA1812
    {
        public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
        {
            Tensor[] inputs = [.. vars.Cast<Tensor>()];
            ctx.save_for_backward([.. inputs]);
            return Multiply(inputs[0], inputs[1], inputs.ElementAtOrDefault(2));
        }

        protected override IEnumerable<Tensor?> Gradients(autograd.AutogradContext ctx, Tensor gradient)
        {
            var inputs = ctx.get_saved_variables();
            var (rows, weight) = (inputs[0], inputs[1]);
            Tensor?[] gradients =
            [
                rows.requires_grad ? Multiply(gradient, weight.t(), null) : null,
                weight.requires_grad ? Accumulate(gradient.t(), rows) : null,
            ];
            var bias = inputs.ElementAtOrDefault(2);
            return bias is null ? gradients : [.. gradients, bias.requires_grad ? gradient.sum(0L) : null];
        }
    }
}
