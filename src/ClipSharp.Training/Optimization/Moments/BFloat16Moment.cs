using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace ClipSharp.Training.Optimization.Moments;

/// <summary>Kept as bfloat16, rounded stochastically: it has float32's range, but with a decay of 0.999 the nearest of its 8 bits
/// would never move.</summary>
/// <param name="count">Numbers.</param>
/// <param name="device">Where it is kept; null = CPU.</param>
/// <param name="place">The first number's place in the whole parameter, where this is a piece of one: draws go by it.</param>
internal sealed class BFloat16Moment(long count, Device? device = null, long place = 0) : IMoment
{
    private readonly Tensor _values = zeros(count, dtype: ScalarType.BFloat16, device: device).DetachFromDisposeScope();

    public bool IsWhole => false;

    public IEnumerable<(string Suffix, Tensor Value)> State() => [(string.Empty, _values)];

    public void Read(long start, Span<float> values) => BFloat16.ToSingle(Bits(start, values.Length), values);

    public void Write(long start, Span<float> values, uint key) =>
        StochasticRounding.ToBFloat16(values, Bits(start, values.Length), key, place + start);

    public Tensor Read(long start, long count) => _values.narrow(0, start, count).to(ScalarType.Float32);

    public void Write(long start, Tensor values, uint key, DeviceRounding rounding) =>
        _values.narrow(0, start, values.numel()).copy_(rounding.ToBFloat16(values, key, place + start));

    public void Dispose() => _values.Dispose();

    private Span<ushort> Bits(long start, int length) =>
        MemoryMarshal.Cast<byte, ushort>(_values.bytes).Slice(checked((int)start), length);
}
