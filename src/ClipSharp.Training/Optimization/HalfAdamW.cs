using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using ClipSharp.Training.Optimization.Moments;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace ClipSharp.Training.Optimization;

/// <summary>AdamW for parameters or statistics of 16 bits: one pass over memory in blocks that stay in the processor's first
/// cache, all arithmetic in float32, stochastic rounding on the way back. On the CPU; <see cref="DeviceHalfAdamW"/>
/// elsewhere.</summary>
internal sealed class HalfAdamW
{
    /// <summary>Numbers in work at a time.</summary>
    public const int Block = 16 * BlockHalfMoment.BlockLength;

    private readonly float[] _numbers = new float[4 * Block]; // of parameter, gradient and statistics, for every update anew

    /// <summary>One update of one parameter.</summary>
    /// <param name="parameter">Contiguous float32, bfloat16 or float16; 16 bits are rounded stochastically.</param>
    /// <param name="gradient">Of the same shape, any of these formats.</param>
    /// <param name="first">Adam's first statistic.</param>
    /// <param name="second">Adam's second statistic.</param>
    /// <param name="rates">The step's rates.</param>
    /// <param name="key">Gives the key of rounding: 0 the parameter, 1 and 2 the statistics.</param>
    /// <param name="place">The first number's place in the whole parameter, where this is a piece of one.</param>
    public void Step(Tensor parameter, Tensor gradient, IMoment first, IMoment second, AdamWRates rates, Func<int, uint> key,
        long place = 0)
    {
        var count = ArrayLength.Of("numbers of a parameter", parameter.numel());
        var length = first.IsWhole || second.IsWhole ? count : Math.Min(count, Block);
        using var scope = NewDisposeScope();
        // a whole tensor's go at once
        var numbers = length <= Block ? _numbers : MemoryMarshal.Cast<byte, float>(empty(4L * length).bytes);
        var (p, g, m, v) = (0, length, 2 * length, 3 * length);
        var (keyP, keyM, keyV) = (key(0), key(1), key(2));
        for (var start = 0; start < count; start += length)
        {
            var n = Math.Min(length, count - start);
            Read(parameter, start, numbers.Slice(p, n));
            Read(gradient, start, numbers.Slice(g, n));
            TensorPrimitives.Multiply(numbers.Slice(g, n), (float)rates.GradientFactor, numbers.Slice(g, n));
            first.Read(start, numbers.Slice(m, n));
            second.Read(start, numbers.Slice(v, n));
            rates.Apply(numbers.Slice(p, n), numbers.Slice(g, n), numbers.Slice(m, n), numbers.Slice(v, n));
            Write(parameter, start, numbers.Slice(p, n), keyP, place);
            first.Write(start, numbers.Slice(m, n), keyM);
            second.Write(start, numbers.Slice(v, n), keyV);
        }
    }

    private static void Read(Tensor tensor, int start, Span<float> values)
    {
        var bytes = tensor.bytes;
        switch (tensor.dtype)
        {
            case ScalarType.Float32:
                MemoryMarshal.Cast<byte, float>(bytes).Slice(start, values.Length).CopyTo(values);
                break;
            case ScalarType.BFloat16:
                BFloat16.ToSingle(MemoryMarshal.Cast<byte, ushort>(bytes).Slice(start, values.Length), values);
                break;
            case ScalarType.Float16:
                TensorPrimitives.ConvertToSingle(MemoryMarshal.Cast<byte, Half>(bytes).Slice(start, values.Length), values);
                break;
            default:
                throw new ArgumentException($"Parameters of {tensor.dtype} are not trained.", nameof(tensor));
        }
    }

    private static void Write(Tensor tensor, int start, ReadOnlySpan<float> values, uint key, long place)
    {
        var bytes = tensor.bytes;
        switch (tensor.dtype)
        {
            case ScalarType.Float32:
                values.CopyTo(MemoryMarshal.Cast<byte, float>(bytes).Slice(start, values.Length));
                break;
            case ScalarType.BFloat16:
                StochasticRounding.ToBFloat16(values, MemoryMarshal.Cast<byte, ushort>(bytes).Slice(start, values.Length), key,
                    place + start);
                break;
            default:
                StochasticRounding.ToHalf(values, MemoryMarshal.Cast<byte, Half>(bytes).Slice(start, values.Length), key,
                    place + start);
                break;
        }
    }
}
