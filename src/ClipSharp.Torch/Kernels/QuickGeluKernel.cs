using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using ClipSharp.Torch.Loading;
using TorchSharp;
using static TorchSharp.torch;

namespace ClipSharp.Torch.Kernels;

/// <summary>QuickGELU and its gradient over memory in one pass, computed in float32 also for bfloat16. Each result depends on
/// its own input only, however libtorch's threads share the work.</summary>
internal static unsafe class QuickGeluKernel
{
    private const long NumbersPerThread = 16384; // fewer are not worth waking a thread
    private const int Lanes = 32;                // two vectors: bfloat16 is packed by pairs

    /// <summary>A type of numbers in memory, <see cref="Lanes"/> at once.</summary>
    private interface INumbers
    {
        static abstract int Size { get; }

        static abstract (Vector512<float> Lower, Vector512<float> Upper) Load(byte* from);

        static abstract void Store(Vector512<float> lower, Vector512<float> upper, byte* to);
    }

    /// <summary>What is computed of inputs and, in the backward pass, of the gradients of their results.</summary>
    private interface IFunction
    {
        static abstract bool TakesGradient { get; }

        static abstract Vector512<float> Of(Vector512<float> x, Vector512<float> gradient);
    }

    /// <summary>Whether the kernel can run, on whatever processor: libtorch has the loop that shares it among threads.</summary>
    public static bool CanRun { get; } = NativeFunction.Serves(NativeFunction.ParallelFor.Purpose);

    /// <summary>Whether the kernel is used: with vectors of 512 bits it is twice as fast as tensor operations, emulated by
    /// smaller ones slower.</summary>
    public static bool IsAvailable { get; } = Vector512.IsHardwareAccelerated && CanRun;

    /// <summary>Whether the kernel can take the tensor.</summary>
    public static bool Fits(Tensor x) =>
        IsAvailable && x.device_type == DeviceType.CPU && x.dtype is ScalarType.Float32 or ScalarType.BFloat16 && !x.is_sparse;

    /// <param name="x">Contiguous.</param>
    public static Tensor Forward(Tensor x)
    {
        var y = empty_like(x);
        Run(x.dtype == ScalarType.Float32 ? &Forward32 : &Forward16, new(TensorData.Of(x), null, TensorData.Of(y)), x.numel());
        return y;
    }

    /// <param name="x">Contiguous.</param>
    /// <param name="gradient">Contiguous, of the same shape and type.</param>
    public static Tensor Backward(Tensor x, Tensor gradient)
    {
        var y = empty_like(x);
        Run(x.dtype == ScalarType.Float32 ? &Backward32 : &Backward16,
            new(TensorData.Of(x), TensorData.Of(gradient), TensorData.Of(y)), x.numel());
        return y;
    }

    private static void Run(delegate* unmanaged[Cdecl]<long, long, Arrays*, void> body, Arrays arrays, long count)
    {
        var parallelFor = (delegate* unmanaged[Cdecl]<long, long, long, delegate* unmanaged[Cdecl]<long, long, Arrays*, void>,
            Arrays*, int>)
            NativeFunction.ParallelFor.Address;
        if (parallelFor(0, count, NumbersPerThread, body, &arrays) != 0)
        {
            throw new InvalidOperationException("libtorch's parallel loop failed.");
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Forward32(long begin, long end, Arrays* arrays) => Loop<Float32, Value>(begin, end, *arrays);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Backward32(long begin, long end, Arrays* arrays) => Loop<Float32, Gradient>(begin, end, *arrays);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Forward16(long begin, long end, Arrays* arrays) => Loop<BFloat16, Value>(begin, end, *arrays);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Backward16(long begin, long end, Arrays* arrays) => Loop<BFloat16, Gradient>(begin, end, *arrays);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Loop<TNumbers, TFunction>(long begin, long end, Arrays arrays)
        where TNumbers : INumbers
        where TFunction : IFunction
    {
        var size = TNumbers.Size;
        var i = begin;
        for (; i <= end - Lanes; i += Lanes)
        {
            var at = i * size;
            Compute<TNumbers, TFunction>(arrays.X + at, arrays.Gradient + at, arrays.Y + at);
        }

        // The rest goes the same way, else a number's last bit would depend on where a thread's share ends.
        if (i < end)
        {
            const int Room = Lanes * sizeof(float);
            var (at, bytes) = (i * size, (uint)((end - i) * size));
            var slots = stackalloc byte[3 * Room];
            Unsafe.CopyBlock(slots, arrays.X + at, bytes);
            if (TFunction.TakesGradient)
            {
                Unsafe.CopyBlock(slots + Room, arrays.Gradient + at, bytes);
            }

            Compute<TNumbers, TFunction>(slots, slots + Room, slots + (2 * Room));
            Unsafe.CopyBlock(arrays.Y + at, slots + (2 * Room), bytes);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Compute<TNumbers, TFunction>(byte* x, byte* gradient, byte* y)
        where TNumbers : INumbers
        where TFunction : IFunction
    {
        var (lower, upper) = TNumbers.Load(x);
        var (lowerGradient, upperGradient) = TFunction.TakesGradient ? TNumbers.Load(gradient) : default;
        TNumbers.Store(TFunction.Of(lower, lowerGradient), TFunction.Of(upper, upperGradient), y);
    }

    /// <summary>σ(1.702 x) = 1 / (1 + exp(−1.702 x)).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Logistic(Vector512<float> x) =>
        Vector512<float>.One / (Vector512<float>.One + Exp(x * -QuickGelu.Factor));

    /// <summary>The exponential within 2 units of the last place: 2ⁿ · exp(r) with |r| ≤ ln 2 / 2, ln 2 taken off in two parts
    /// and exp(r) by its series to the seventh power. Arguments are held where the result is a normal number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Exp(Vector512<float> x)
    {
        const float Ln2High = 0.693359375f; // few bits: n times it is exact
        const float Ln2Low = -2.12194440e-4f;
        x = Vector512.Min(Vector512.Max(x, Vector512.Create(-87f)), Vector512.Create(88f));
        var n = Vector512.Round(x * 1.44269504f);
        var r = Vector512.MultiplyAddEstimate(n, Vector512.Create(-Ln2Low),
            Vector512.MultiplyAddEstimate(n, Vector512.Create(-Ln2High), x));
        var series = Vector512.Create(1f / 5040);
        series = Vector512.MultiplyAddEstimate(series, r, Vector512.Create(1f / 720));
        series = Vector512.MultiplyAddEstimate(series, r, Vector512.Create(1f / 120));
        series = Vector512.MultiplyAddEstimate(series, r, Vector512.Create(1f / 24));
        series = Vector512.MultiplyAddEstimate(series, r, Vector512.Create(1f / 6));
        series = Vector512.MultiplyAddEstimate(series, r, Vector512.Create(0.5f));
        series = Vector512.MultiplyAddEstimate(series, r * r, r) + Vector512<float>.One;
        return series * Vector512.ShiftLeft(Vector512.ConvertToInt32(n) + Vector512.Create(127), 23).AsSingle();
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
        public static Vector512<float> Of(Vector512<float> x, Vector512<float> gradient) => x * Logistic(x);
    }

    /// <summary>The result's gradient times σ(u) · (1 + u · (1 − σ(u))) with u = 1.702 x.</summary>
    private readonly struct Gradient : IFunction
    {
        public static bool TakesGradient => true;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector512<float> Of(Vector512<float> x, Vector512<float> gradient)
        {
            var s = Logistic(x);
            return gradient * s * (Vector512<float>.One + (x * QuickGelu.Factor * (Vector512<float>.One - s)));
        }
    }

    private readonly struct Float32 : INumbers
    {
        public static int Size => sizeof(float);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static (Vector512<float> Lower, Vector512<float> Upper) Load(byte* from) =>
            (Vector512.Load((float*)from), Vector512.Load((float*)from + Vector512<float>.Count));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Store(Vector512<float> lower, Vector512<float> upper, byte* to)
        {
            lower.Store((float*)to);
            upper.Store((float*)to + Vector512<float>.Count);
        }
    }

    /// <summary>The upper half of a float32.</summary>
    private readonly struct BFloat16 : INumbers
    {
        public static int Size => sizeof(ushort);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static (Vector512<float> Lower, Vector512<float> Upper) Load(byte* from)
        {
            var (lower, upper) = Vector512.Widen(Vector512.Load((ushort*)from));
            return ((lower << 16).AsSingle(), (upper << 16).AsSingle());
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Store(Vector512<float> lower, Vector512<float> upper, byte* to) =>
            Vector512.Narrow(Round(lower), Round(upper)).Store((ushort*)to);

        /// <summary>To the nearest, ties to even. A NaN stays one, since those of bfloat16 inputs have no lower bits to carry
        /// over.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector512<uint> Round(Vector512<float> values)
        {
            var bits = values.AsUInt32();
            var odd = (bits >>> 16) & Vector512<uint>.One;
            return (bits + odd + Vector512.Create(0x7fffu)) >>> 16;
        }
    }
}
