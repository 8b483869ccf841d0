using System.Collections.Concurrent;
using ClipSharp.Torch.Kernels;
using ClipSharp.Torch.Loading;
using static TorchSharp.torch;

namespace ClipSharp.Torch.Inference;

/// <summary>x · Wᵀ + b, and an activation behind it, on a processor, for weights that stay: they are kept in the type of the
/// product and in the order in which oneDNN's kernel reads them (<c>mkldnn::_reorder_linear_weight</c> and
/// <c>_linear_pointwise</c>, which libtorch's own compiler uses). In float32 libtorch's plain product goes to MKL, which takes
/// vectors of 256 bits only on processors not made by Intel. No gradient.</summary>
internal sealed unsafe class PackedLinear : IDisposable
{
    // Whether packing serves a shape and type. oneDNN fills up rows to whole blocks, whose number depends on the processor, and
    // libtorch 2.10 multiplies by such weights wrongly.
    private static readonly ConcurrentDictionary<(long Outputs, long Inputs, ScalarType Type), bool> Right = new();

    private readonly Tensor _weight; // [M, K] as oneDNN keeps it, or plain where that cannot be had
    private readonly Tensor _bias;   // [M]
    private readonly FusedActivation _activation;

    /// <param name="weight">[M, K], any type; not kept.</param>
    /// <param name="bias">[M], any type; null = 0.</param>
    /// <param name="type">Float32 or BFloat16.</param>
    /// <param name="activation">What follows the product; null = nothing.</param>
    public PackedLinear(Tensor weight, Tensor? bias, ScalarType type, FusedActivation? activation = null)
    {
        using var none = no_grad();
        using var scope = NewDisposeScope();
        (Outputs, Type, _activation) = (weight.shape[0], type, activation ?? FusedActivation.None);
        var plain = weight.detach().to(type).contiguous();
        _bias = (bias is null ? zeros(Outputs, type) : bias.detach().to(type, copy: true)).DetachFromDisposeScope();
        var packed = IsAvailable(type) && Right.GetOrAdd((Outputs, plain.shape[1], type), IsRight) ? Pack(plain) : null;
        IsPacked = packed is not null;
        _weight = (packed ?? plain.clone()).DetachFromDisposeScope();
    }

    /// <summary>Whether this libtorch can pack, on this processor. Where oneDNN has no kernel for a type libtorch refuses, and
    /// prints a stack of calls for everybody to see: it is not asked.</summary>
    public static bool IsAvailable(ScalarType type) => NativeFunction.Serves(NativeFunction.LinearPointwise.Purpose)
        && (type == ScalarType.Float32 || Precision.HasBfloat16);

    /// <summary>Whether it is; else the product is libtorch's plain one.</summary>
    public bool IsPacked { get; }

    /// <summary>M.</summary>
    public long Outputs { get; }

    /// <summary>Of input and output.</summary>
    public ScalarType Type { get; }

    /// <param name="input">[..., K], of a floating type.</param>
    /// <returns>[..., M], of <see cref="Type"/>.</returns>
    public Tensor Apply(Tensor input)
    {
        using var scope = NewDisposeScope();
        var shape = input.shape;
        var rows = input.to(Type).reshape(-1, shape[^1]);
        var products = IsPacked
            ? Multiply(rows, _weight, _bias, _activation)
            : _activation.Apply(nn.functional.linear(rows, _weight, _bias));
        shape[^1] = Outputs;
        return products.view(shape).MoveToOuterDisposeScope();
    }

    /// <summary>Adds the product to a state, in float32 in the pass that makes it.</summary>
    /// <param name="input">[..., K], of a floating type.</param>
    /// <param name="state">float32 [..., M], changed.</param>
    public void AddTo(Tensor state, Tensor input)
    {
        using var scope = NewDisposeScope();
        if (!IsPacked || Type != ScalarType.Float32 || _activation != FusedActivation.None)
        {
            state.AddInPlace(Apply(input));
            return;
        }

        var rows = input.to(Type).reshape(-1, input.shape[^1]);
        state.set_(Sum(state.reshape(-1, Outputs), rows, _weight, _bias).view(state.shape));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _weight.Dispose();
        _bias.Dispose();
    }

    // Tried on numbers of its own, whatever the weights: a wrong product is wrong by as much as it is large.
    private static bool IsRight((long Outputs, long Inputs, ScalarType Type) shape)
    {
        var (weight, bias) = (Uneven(shape.Outputs, shape.Inputs), zeros(shape.Outputs, shape.Type));
        if (Pack(weight) is not { } packed)
        {
            return false;
        }

        var rows = Uneven(5, shape.Inputs);
        var want = nn.functional.linear(rows, weight, bias).to(float32);
        var difference = (want - Multiply(rows, packed, bias, FusedActivation.None).to(float32)).abs().max().Number();
        return difference <= 0.02 * want.abs().max().Number();

        // A row of sines again and again: their number is prime, so that no two rows begin alike.
        Tensor Uneven(long count, long width)
        {
            const long sines = 1009;
            var row = Numbers.Counted(sines, float32, CPU).sin_().to(shape.Type);
            return row.repeat((count * width / sines) + 1).narrow(0, 0, count * width).view(count, width);
        }
    }

    private static Tensor Multiply(Tensor rows, Tensor weight, Tensor bias, FusedActivation activation)
    {
        nint added = bias.Handle, product = 0;
        var multiply = (delegate* unmanaged[Cdecl]<nint, nint, nint*, byte*, double**, long, byte**, nint*, int>)
            NativeFunction.LinearPointwise.Address;
        fixed (byte* name = activation.Name, algorithm = activation.Algorithm) // null where it is empty
        {
            var given = algorithm;
            return multiply(rows.Handle, weight.Handle, &added, name, null, 0, given is null ? null : &given, &product) == 0
                ? Tensor.UnsafeCreateTensor(product)
                : throw new InvalidOperationException("libtorch's product of packed weights failed.");
        }
    }

    private static Tensor Sum(Tensor state, Tensor rows, Tensor weight, Tensor bias)
    {
        nint added = bias.Handle, sum = 0;
        var multiply = (delegate* unmanaged[Cdecl]<nint, nint, nint, nint*, byte*, nint*, int>)
            NativeFunction.LinearPointwiseSum.Address;
        fixed (byte* name = "add\0"u8)
        {
            return multiply(rows.Handle, state.Handle, weight.Handle, &added, name, &sum) == 0
                ? Tensor.UnsafeCreateTensor(sum)
                : throw new InvalidOperationException("libtorch's sum with a product of packed weights failed.");
        }
    }

    // Null where libtorch refuses.
    private static Tensor? Pack(Tensor weight)
    {
        // Arguments and result of an operation lie on one stack, eight bytes each; the second argument, a number of rows to
        // expect, is absent. The call takes the handle over.
        var stack = stackalloc nint[2];
        var handle = (delegate* unmanaged[Cdecl]<nint, nint*, int>)NativeFunction.NewTensorHandle.Address;
        var call = (delegate* unmanaged[Cdecl]<byte*, byte*, nint*, int>)NativeFunction.CallDispatcher.Address;
        fixed (byte* operation = "mkldnn::_reorder_linear_weight\0"u8, overload = "\0"u8)
        {
            return handle(weight.Handle, stack) == 0 && call(operation, overload, stack) == 0
                ? Tensor.UnsafeCreateTensor(stack[0])
                : null;
        }
    }
}
