using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using TorchSharp;
using static TorchSharp.torch;

namespace ClipSharp.Torch.Native;

/// <summary>QuickGELU and its gradient over memory in one pass, eight numbers at a time, in float32 also for bfloat16. Each
/// result depends on its own input only, however libtorch's threads share the work.</summary>
internal static unsafe class QuickGeluKernel
{
    private const long NumbersPerThread = 16384; // fewer are not worth waking a thread
    private const int Lanes = 8;

    /// <summary>A type of numbers in memory, eight at once.</summary>
    private interface INumbers
    {
        static abstract int Size { get; }

        static abstract Vector256<float> Load(byte* from);

        static abstract void Store(Vector256<float> values, byte* to);
    }

    /// <summary>What is computed of eight inputs and, in the backward pass, of the gradients of their results.</summary>
    private interface IFunction
    {
        static abstract Vector256<float> Of<TNumbers>(byte* x, byte* gradient) where TNumbers : INumbers;
    }

    /// <summary>Whether the kernel can take the tensor.</summary>
    public static bool Fits(Tensor x) =>
        x.device_type == DeviceType.CPU && x.dtype is ScalarType.Float32 or ScalarType.BFloat16 && !x.is_sparse
        && NativeFunction.ParallelFor.IsAvailable && NativeFunction.DataPointer.IsAvailable;

    /// <param name="x">Contiguous.</param>
    public static Tensor Forward(Tensor x)
    {
        var y = empty_like(x);
        Run(x.dtype == ScalarType.Float32 ? &Forward32 : &Forward16, new(Data(x), null, Data(y)), x.numel());
        return y;
    }

    /// <param name="x">Contiguous.</param>
    /// <param name="gradient">Contiguous, of the same shape and type.</param>
    public static Tensor Backward(Tensor x, Tensor gradient)
    {
        var y = empty_like(x);
        Run(x.dtype == ScalarType.Float32 ? &Backward32 : &Backward16, new(Data(x), Data(gradient), Data(y)), x.numel());
        return y;
    }

    private static void Run(delegate* unmanaged[Cdecl]<long, long, Arrays*, void> body, Arrays arrays, long count)
    {
        var parallelFor = (delegate* unmanaged[Cdecl]<long, long, long, delegate* unmanaged[Cdecl]<long, long, Arrays*, void>, Arrays*, int>)
            NativeFunction.ParallelFor.Address;
        if (parallelFor(0, count, NumbersPerThread, body, &arrays) != 0)
        {
            throw new InvalidOperationException("libtorch's parallel loop failed.");
        }
    }

    private static byte* Data(Tensor tensor)
    {
        byte* data = null;
        var get = (delegate* unmanaged[Cdecl]<nint, byte**, int>)NativeFunction.DataPointer.Address;
        return get(tensor.Handle, &data) == 0 ? data : throw new InvalidOperationException("libtorch gave no data pointer.");
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Forward32(long begin, long end, Arrays* arrays) => Loop<Float32, Value>(begin, end, *arrays);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Backward32(long begin, long end, Arrays* arrays) => Loop<Float32, Gradient>(begin, end, *arrays);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Forward16(long begin, long end, Arrays* arrays) => Loop<BFloat16, Value>(begin, end, *arrays);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Backward16(long begin, long end, Arrays* arrays) => Loop<BFloat16, Gradient>(begin, end, *arrays);

    private static void Loop<TNumbers, TFunction>(long begin, long end, Arrays arrays)
        where TNumbers : INumbers
        where TFunction : IFunction
    {
        var size = TNumbers.Size;
        var i = begin;
        for (; i <= end - Lanes; i += Lanes)
        {
            var at = i * size;
            TNumbers.Store(TFunction.Of<TNumbers>(arrays.X + at, arrays.Gradient + at), arrays.Y + at);
        }

        // The rest goes the same way, else a number's last bit would depend on where a thread's share ends.
        if (i < end)
        {
            const int Room = Lanes * sizeof(float);
            var (at, bytes) = (i * size, (uint)((end - i) * size));
            var slots = stackalloc byte[3 * Room];
            Unsafe.CopyBlock(slots, arrays.X + at, bytes);
            if (arrays.Gradient != null)
            {
                Unsafe.CopyBlock(slots + Room, arrays.Gradient + at, bytes);
            }

            TNumbers.Store(TFunction.Of<TNumbers>(slots, slots + Room), slots + (2 * Room));
            Unsafe.CopyBlock(arrays.Y + at, slots + (2 * Room), bytes);
        }
    }

    /// <summary>σ(1.702 x) = 1 / (1 + exp(−1.702 x)).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Logistic(Vector256<float> x) =>
        Vector256<float>.One / (Vector256<float>.One + Exp(x * -QuickGelu.Factor));

    /// <summary>The exponential within 2 units of the last place: 2ⁿ · exp(r) with |r| ≤ ln 2 / 2, ln 2 taken off in two parts
    /// and exp(r) by its series to the seventh power. Arguments are held where the result is a normal number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Exp(Vector256<float> x)
    {
        const float Ln2High = 0.693359375f; // few bits: n times it is exact
        const float Ln2Low = -2.12194440e-4f;
        x = Vector256.Min(Vector256.Max(x, Vector256.Create(-87f)), Vector256.Create(88f));
        var n = Vector256.Round(x * 1.44269504f);
        var r = x - (n * Ln2High) - (n * Ln2Low);
        var series = Vector256.Create(1f / 5040);
        series = Vector256.MultiplyAddEstimate(series, r, Vector256.Create(1f / 720));
        series = Vector256.MultiplyAddEstimate(series, r, Vector256.Create(1f / 120));
        series = Vector256.MultiplyAddEstimate(series, r, Vector256.Create(1f / 24));
        series = Vector256.MultiplyAddEstimate(series, r, Vector256.Create(1f / 6));
        series = Vector256.MultiplyAddEstimate(series, r, Vector256.Create(0.5f));
        series = Vector256.MultiplyAddEstimate(series, r * r, r) + Vector256<float>.One;
        return series * Vector256.ShiftLeft(Vector256.ConvertToInt32(n) + Vector256.Create(127), 23).AsSingle();
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
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<float> Of<TNumbers>(byte* x, byte* gradient) where TNumbers : INumbers
        {
            var v = TNumbers.Load(x);
            return v * Logistic(v);
        }
    }

    /// <summary>The result's gradient times σ(u) · (1 + u · (1 − σ(u))) with u = 1.702 x.</summary>
    private readonly struct Gradient : IFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<float> Of<TNumbers>(byte* x, byte* gradient) where TNumbers : INumbers
        {
            var v = TNumbers.Load(x);
            var s = Logistic(v);
            return TNumbers.Load(gradient) * s * (Vector256<float>.One + (v * QuickGelu.Factor * (Vector256<float>.One - s)));
        }
    }

    private readonly struct Float32 : INumbers
    {
        public static int Size => sizeof(float);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<float> Load(byte* from) => Vector256.Load((float*)from);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Store(Vector256<float> values, byte* to) => values.Store((float*)to);
    }

    /// <summary>The upper half of a float32.</summary>
    private readonly struct BFloat16 : INumbers
    {
        public static int Size => sizeof(ushort);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<float> Load(byte* from)
        {
            var (lower, upper) = Vector128.Widen(Vector128.Load((ushort*)from));
            return Vector256.ShiftLeft(Vector256.Create(lower, upper), 16).AsSingle();
        }

        /// <summary>To the nearest, ties to even; a NaN stays one.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Store(Vector256<float> values, byte* to)
        {
            var bits = values.AsUInt32();
            var odd = Vector256.ShiftRightLogical(bits, 16) & Vector256<uint>.One;
            var upper = Vector256.ShiftRightLogical(bits + odd + Vector256.Create(0x7fffu), 16);
            upper = Vector256.ConditionalSelect(Vector256.IsNaN(values).AsUInt32(), Vector256.Create(0x7fc0u), upper);
            Vector128.Narrow(upper.GetLower(), upper.GetUpper()).Store((ushort*)to);
        }
    }
}
