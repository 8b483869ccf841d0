using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using ClipSharp.Torch.Kernels;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace ClipSharp.Training.Optimization.Moments;

/// <summary>Kept as half precision with one float32 scale for the whole tensor, rounded to nearest: the paper's way, "as Dhariwal
/// et al. 2020" (openai/jukebox, utils/fp16.py: scale = 1e-8 + largest / 65504). Numbers under 1e-12 of the largest are
/// lost.</summary>
internal sealed class TensorHalfMoment(long count, Device? device = null) : IMoment
{
    private readonly Tensor _values = zeros(count, dtype: ScalarType.Float16, device: device).DetachFromDisposeScope();
    private readonly Tensor _scale = zeros(1, device: device).DetachFromDisposeScope();

    public bool IsWhole => true;

    public IEnumerable<(string Suffix, Tensor Value)> State() => [(string.Empty, _values), ("_scale", _scale)];

    public void Read(long start, Span<float> values)
    {
        TensorPrimitives.ConvertToSingle(Bits(), values);
        TensorPrimitives.Multiply(values, Scale()[0], values);
    }

    public void Write(long start, Span<float> values, uint key)
    {
        var scale = 1e-8f + (MathF.Abs(TensorPrimitives.MaxMagnitude<float>(values)) / StochasticRounding.MostHalf);
        Scale()[0] = scale;
        TensorPrimitives.Divide(values, scale, values);
        TensorPrimitives.ConvertToHalf(values, Bits());
    }

    public Tensor Read(long start, long count) => _values.to(ScalarType.Float32).mul_(_scale);

    public void Write(long start, Tensor values, uint key, DeviceRounding rounding)
    {
        _scale.copy_(values.abs().max().div(tensor(StochasticRounding.MostHalf)).Plus(tensor(1e-8f)));
        _values.copy_(values.div_(_scale).to(ScalarType.Float16));
    }

    public void Dispose()
    {
        _values.Dispose();
        _scale.Dispose();
    }

    private Span<float> Scale() => MemoryMarshal.Cast<byte, float>(_scale.bytes);

    private Span<Half> Bits() => MemoryMarshal.Cast<byte, Half>(_values.bytes);
}
