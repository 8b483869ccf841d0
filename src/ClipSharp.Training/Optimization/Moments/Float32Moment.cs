using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace ClipSharp.Training.Optimization.Moments;

/// <summary>Kept as it is.</summary>
internal sealed class Float32Moment(Tensor like) : IMoment
{
    /// <summary>The statistic, of the parameter's shape.</summary>
    public Tensor Values { get; } = zeros_like(like, dtype: ScalarType.Float32).DetachFromDisposeScope();

    public bool IsWhole => false;

    public IEnumerable<(string Suffix, Tensor Value)> State() => [(string.Empty, Values)];

    public void Read(long start, Span<float> values) => Span(start, values.Length).CopyTo(values);

    public void Write(long start, Span<float> values, uint key) => values.CopyTo(Span(start, values.Length));

    public Tensor Read(long start, long count) => Values.view(-1).narrow(0, start, count);

    public void Write(long start, Tensor values, uint key, DeviceRounding rounding)
    {
        // What was read was the statistic itself.
    }

    public void Dispose() => Values.Dispose();

    private Span<float> Span(long start, int length) =>
        MemoryMarshal.Cast<byte, float>(Values.bytes).Slice(checked((int)start), length);
}
