using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using ClipSharp.Simd;
using TorchSharp;
using static TorchSharp.torch;

namespace ClipSharp.Torch.Kernels;

/// <summary>QuickGELU and its gradient over memory in one pass, computed in float32 also for bfloat16. Each result depends on
/// its own input only, however libtorch's threads share the work.</summary>
internal static unsafe class QuickGeluKernel
{
    private const long NumbersPerThread = 16384; // fewer are not worth waking a thread

    /// <summary>What is computed of inputs and, in the backward pass, of the gradients of their results.</summary>
    private interface IFunction
    {
        static abstract bool TakesGradient { get; }

        static abstract T Of<T>(T x, T gradient) where T : unmanaged, IFloats<T>;
    }

    /// <summary>Whether the kernel is used: on vectors of fewer than 256 bits it was not measured.</summary>
    public static bool IsAvailable { get; } = Vector256.IsHardwareAccelerated && ParallelLoop.IsAvailable;

    /// <summary>Whether the kernel can take the tensor.</summary>
    public static bool Fits(Tensor x) =>
        IsAvailable && x.device_type == DeviceType.CPU && x.dtype is ScalarType.Float32 or ScalarType.BFloat16 && !x.is_sparse;

    /// <param name="x">Contiguous.</param>
    public static Tensor Forward(Tensor x)
    {
        var y = empty_like(x);
        Run<Value>(x, null, y, Vector512.IsHardwareAccelerated);
        return y;
    }

    /// <param name="x">Contiguous.</param>
    /// <param name="gradient">Contiguous, of the same shape and type.</param>
    public static Tensor Backward(Tensor x, Tensor gradient)
    {
        var y = empty_like(x);
        Run<Gradient>(x, gradient, y, Vector512.IsHardwareAccelerated);
        return y;
    }

    /// <summary>The forward pass by vectors of 256 bits whatever the processor has.</summary>
    internal static Tensor ForwardBy256Bits(Tensor x)
    {
        var y = empty_like(x);
        Run<Value>(x, null, y, isWide: false);
        return y;
    }

    private static void Run<TFunction>(Tensor x, Tensor? gradient, Tensor y, bool isWide)
        where TFunction : IFunction
    {
        var arrays = new Arrays(TensorData.Of(x), gradient is null ? null : TensorData.Of(gradient), TensorData.Of(y));
        ParallelLoop.Run(x.numel(), NumbersPerThread, (x.dtype == ScalarType.Float32, isWide) switch
        {
            (true, true) => &Loop<Floats512, Float32Numbers, TFunction>,
            (true, false) => &Loop<Floats256, Float32Numbers, TFunction>,
            (false, true) => &Loop<Floats512, BFloat16Numbers, TFunction>,
            (false, false) => &Loop<Floats256, BFloat16Numbers, TFunction>,
        }, &arrays);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Loop<T, TNumbers, TFunction>(long begin, long end, void* all)
        where T : unmanaged, IFloats<T>
        where TNumbers : INumbers
        where TFunction : IFunction
    {
        var arrays = *(Arrays*)all;
        var (lanes, size) = (2 * T.Count, TNumbers.Size);
        var i = begin;
        for (; i <= end - lanes; i += lanes)
        {
            var at = i * size;
            Compute<T, TNumbers, TFunction>(arrays.X + at, arrays.Gradient + at, arrays.Y + at);
        }

        // The rest goes the same way, else a number's last bit would depend on where a thread's share ends.
        if (i < end)
        {
            const int Room = 32 * sizeof(float);
            var (at, bytes) = (i * size, (uint)((end - i) * size));
            var slots = stackalloc byte[3 * Room];
            Unsafe.CopyBlock(slots, arrays.X + at, bytes);
            if (TFunction.TakesGradient)
            {
                Unsafe.CopyBlock(slots + Room, arrays.Gradient + at, bytes);
            }

            Compute<T, TNumbers, TFunction>(slots, slots + Room, slots + (2 * Room));
            Unsafe.CopyBlock(arrays.Y + at, slots + (2 * Room), bytes);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Compute<T, TNumbers, TFunction>(byte* x, byte* gradient, byte* y)
        where T : unmanaged, IFloats<T>
        where TNumbers : INumbers
        where TFunction : IFunction
    {
        var (lower, upper) = TNumbers.Load<T>(x);
        var (lowerGradient, upperGradient) = TFunction.TakesGradient ? TNumbers.Load<T>(gradient) : default;
        TNumbers.Store(TFunction.Of(lower, lowerGradient), TFunction.Of(upper, upperGradient), y);
    }

    /// <summary>Where input, gradient (null in the forward pass) and result lie.</summary>
    private readonly struct Arrays(byte* x, byte* gradient, byte* y)
    {
        public readonly byte* X = x;
        public readonly byte* Gradient = gradient;
        public readonly byte* Y = y;
    }

    /// <summary>x · σ(1.702 x).</summary>
    private readonly struct Value : IFunction
    {
        public static bool TakesGradient => false;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static T Of<T>(T x, T gradient) where T : unmanaged, IFloats<T> =>
            x * FloatFunctions.Logistic(x * T.Fill(QuickGelu.Factor));
    }

    /// <summary>The result's gradient times σ(u) · (1 + u · (1 − σ(u))) with u = 1.702 x.</summary>
    private readonly struct Gradient : IFunction
    {
        public static bool TakesGradient => true;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static T Of<T>(T x, T gradient) where T : unmanaged, IFloats<T>
        {
            var u = x * T.Fill(QuickGelu.Factor);
            var s = FloatFunctions.Logistic(u);
            return gradient * s * (T.Fill(1) + (u * (T.Fill(1) + (s * T.Fill(-1)))));
        }
    }
}
