using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace ClipSharp.Training.Optimization.Moments;

/// <summary>Kept as half precision with a float32 scale for each block of numbers, rounded stochastically. The second statistic
/// is kept as its square root, which halves the range of exponents it needs. A number above 0 never becomes 0: it would be
/// divided by.</summary>
/// <param name="count">Numbers.</param>
/// <param name="isSecond">Whether it is the mean of squares.</param>
/// <param name="device">Where it is kept; null = CPU.</param>
/// <param name="place">The first number's place in the whole parameter, where this is a piece of one: draws go by it.</param>
internal sealed class BlockHalfMoment(long count, bool isSecond, Device? device = null, long place = 0) : IMoment
{
    /// <summary>Numbers that share a scale.</summary>
    public const int BlockLength = 256;

    private const float Top = 32768;              // what a block's largest number becomes
    private static readonly Half Least = Half.Epsilon;
    private readonly Tensor _values = zeros(count, dtype: ScalarType.Float16, device: device).DetachFromDisposeScope();
    private readonly Tensor _scales = zeros(Blocks(count), device: device).DetachFromDisposeScope();

    public bool IsWhole => false;

    public IEnumerable<(string Suffix, Tensor Value)> State() => [(string.Empty, _values), ("_scale", _scales)];

    public void Read(long start, Span<float> values)
    {
        var scales = Scales();
        TensorPrimitives.ConvertToSingle(Bits(start, values.Length), values);
        for (var i = 0; i < values.Length; i += BlockLength)
        {
            var block = values[i..Math.Min(values.Length, i + BlockLength)];
            TensorPrimitives.Multiply(block, scales[(int)((start + i) / BlockLength)], block);
        }

        if (isSecond)
        {
            TensorPrimitives.Multiply(values, values, values);
        }
    }

    public void Write(long start, Span<float> values, uint key)
    {
        if (isSecond)
        {
            TensorPrimitives.Sqrt(values, values);
        }

        var scales = Scales();
        var bits = Bits(start, values.Length);
        for (var i = 0; i < values.Length; i += BlockLength)
        {
            var end = Math.Min(values.Length, i + BlockLength);
            var block = values[i..end];
            var most = MathF.Abs(TensorPrimitives.MaxMagnitude<float>(block));
            var scale = most / Top;
            scales[(int)((start + i) / BlockLength)] = scale;
            if (scale == 0)
            {
                bits[i..end].Clear();
                continue;
            }

            TensorPrimitives.Divide(block, scale, block);
            StochasticRounding.ToHalf(block, bits[i..end], key, place + start + i);
            if (isSecond)
            {
                KeepAboveZero(block, bits[i..end]);
            }
        }
    }

    public Tensor Read(long start, long count)
    {
        using var scope = NewDisposeScope();
        var values = InBlocks(_values.narrow(0, start, count).to(ScalarType.Float32));
        values.mul_(Scales(start, count));
        if (isSecond)
        {
            values.mul_(values);
        }

        return values.view(-1).narrow(0, 0, count).MoveToOuterDisposeScope();
    }

    public void Write(long start, Tensor values, uint key, DeviceRounding rounding)
    {
        using var scope = NewDisposeScope();
        var count = values.numel();
        var blocks = InBlocks(isSecond ? values.sqrt_() : values);
        using var least = ((float)Least).ToScalar();
        var scales = blocks.abs().amax([1], keepdim: true).div(tensor(Top));
        Scales(start, count).copy_(scales);
        var shares = blocks.div(where(scales.eq(zeros_like(scales)), ones_like(scales), scales)).view(-1).narrow(0, 0, count);
        var rounded = rounding.ToHalf(shares, key, place + start);
        if (isSecond)
        {
            rounded = where(shares.gt(zeros_like(shares)) & rounded.eq(zeros_like(rounded)), full_like(rounded, least), rounded);
        }

        _values.narrow(0, start, count).copy_(rounded);
    }

    public void Dispose()
    {
        _values.Dispose();
        _scales.Dispose();
    }

    private static void KeepAboveZero(ReadOnlySpan<float> values, Span<Half> bits)
    {
        for (var i = 0; i < bits.Length; i++)
        {
            if (values[i] > 0 && bits[i] == Half.Zero)
            {
                bits[i] = Least;
            }
        }
    }

    private static long Blocks(long count) => (count + BlockLength - 1) / BlockLength;

    // [blocks, 256], the last block filled up with zeros.
    private static Tensor InBlocks(Tensor values)
    {
        var missing = (Blocks(values.numel()) * BlockLength) - values.numel();
        return (missing == 0 ? values : cat([values, zeros(missing, device: values.device)])).view(-1, BlockLength);
    }

    private Tensor Scales(long start, long count) => _scales.narrow(0, start / BlockLength, Blocks(count)).view(-1, 1);

    private Span<float> Scales() => MemoryMarshal.Cast<byte, float>(_scales.bytes);

    private Span<Half> Bits(long start, int length) =>
        MemoryMarshal.Cast<byte, Half>(_values.bytes).Slice(checked((int)start), length);
}
