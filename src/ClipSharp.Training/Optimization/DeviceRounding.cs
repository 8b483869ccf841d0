using ClipSharp.Torch.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace ClipSharp.Training.Optimization;

/// <summary><see cref="StochasticRounding"/> by libtorch's operations, for any device: the same draws and, for normal numbers,
/// the same results bit by bit.</summary>
/// <param name="device">Where the numbers lie.</param>
internal sealed class DeviceRounding(Device device) : IDisposable
{
    private const int LeastPower = -126, MostPower = 127;

    // 2^-126 to 2^127. Looked up, since no device's power function promises the exact one.
    private readonly Tensor _powers = tensor(
        Enumerable.Range(LeastPower, MostPower - LeastPower + 1).Select(power => MathF.ScaleB(1, power)).ToArray(),
        device: device).DetachFromDisposeScope();

    /// <summary>Rounds to bfloat16; NaN and infinities stay. Below 2^-119 its step is taken as 2^-126.</summary>
    /// <param name="values">What to round, float32 [N].</param>
    /// <param name="key">Of the draws.</param>
    /// <param name="first">The first value's place in its parameter.</param>
    public Tensor ToBFloat16(Tensor values, uint key, long first)
    {
        using var scope = NewDisposeScope();
        var step = Step(values, mantissaBits: 7, leastPower: LeastPower);
        var part = Draws(values.numel(), key, first, bits: 16);
        return values.abs().div(step).AddInPlace(part).floor_().mul_(step).copysign(values).to(ScalarType.BFloat16)
            .MoveToOuterDisposeScope();
    }

    /// <summary>Rounds to half precision; beyond 65504 it becomes 65504, NaN stays.</summary>
    /// <param name="values">What to round, float32 [N].</param>
    /// <param name="key">Of the draws.</param>
    /// <param name="first">The first value's place in its parameter.</param>
    public Tensor ToHalf(Tensor values, uint key, long first)
    {
        using var scope = NewDisposeScope();
        using var least = (-StochasticRounding.MostHalf).ToScalar();
        using var most = StochasticRounding.MostHalf.ToScalar();
        var step = Step(values, mantissaBits: 10, leastPower: -24);
        var part = Draws(values.numel(), key, first, bits: 13);
        return values.div(step).AddInPlace(part).floor_().mul_(step).clamp_(least, most).to(ScalarType.Float16)
            .MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose() => _powers.Dispose();

    // The distance of neighbours in the format: 2^(exponent - bits), from 2^leastPower on.
    private Tensor Step(Tensor values, int mantissaBits, int leastPower)
    {
        using var least = (leastPower - LeastPower).ToScalar();
        using var most = (MostPower - LeastPower).ToScalar();
        // of a mantissa in [0.5, 1): one more than the format's
        var (_, exponent) = frexp(values);
        var index = exponent.to(ScalarType.Int64).AddInPlace(tensor(-1L - mantissaBits - LeastPower)).clamp_(least, most);
        return _powers.index_select(0, index);
    }

    // In [0, 1), of so many bits. Arithmetic of 32 bits wraps round, as that of the processor's pass does.
    private Tensor Draws(long count, uint key, long first, int bits)
    {
        using var unit = (1f / (1 << bits)).ToScalar();
        var x = Numbers.Counted(count, ScalarType.Int32, device).AddInPlace(Bits((uint)first)).mul_(Bits(0x9E3779B9))
            .AddInPlace(Bits(key));
        x = x.bitwise_xor_(Shifted(x, 16)).mul_(Bits(0x7FEB352D));
        x = x.bitwise_xor_(Shifted(x, 15)).mul_(Bits(0x846CA68B));
        x = x.bitwise_xor_(Shifted(x, 16));
        return Shifted(x, 32 - bits).to(ScalarType.Float32).mul_(unit);
    }

    // Without the sign bit's copies.
    private static Tensor Shifted(Tensor x, int by) =>
        x.bitwise_right_shift(Bits((uint)by)).bitwise_and_(Bits(uint.MaxValue >> by));

    private static Tensor Bits(uint value) => tensor(unchecked((int)value));
}
