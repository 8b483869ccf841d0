using ClipSharp.Training.Optimization.Moments;
using TorchSharp;
using static TorchSharp.torch;

namespace ClipSharp.Training.Optimization;

/// <summary>What <see cref="HalfAdamW"/> does, by libtorch's operations on whatever device the parameter is. Not one pass over
/// memory but some fifty; tensors larger than a block go block by block, so that what is in work stays small.</summary>
/// <param name="device">Where parameters and statistics lie.</param>
internal sealed class DeviceHalfAdamW(Device device) : IDisposable
{
    /// <summary>Numbers in work at a time.</summary>
    public const int Block = 1 << 22;

    private readonly DeviceRounding _rounding = new(device);

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
        using var factor = rates.GradientFactor.ToScalar();
        var count = parameter.numel();
        var length = first.IsWhole || second.IsWhole ? count : Math.Min(count, Block);
        for (long start = 0; start < count; start += length)
        {
            using var scope = NewDisposeScope();
            var n = Math.Min(length, count - start);
            var kept = parameter.view(-1).narrow(0, start, n);
            var p = kept.to(ScalarType.Float32);
            var (m, v) = (first.Read(start, n), second.Read(start, n));
            rates.Apply(p, gradient.view(-1).narrow(0, start, n).to(ScalarType.Float32).mul(factor), m, v);
            first.Write(start, m, key(1), _rounding);
            second.Write(start, v, key(2), _rounding);
            switch (kept.dtype)
            {
                case ScalarType.Float32:
                    break; // p is the parameter itself
                case ScalarType.BFloat16:
                    kept.copy_(_rounding.ToBFloat16(p, key(0), place + start));
                    break;
                default:
                    kept.copy_(_rounding.ToHalf(p, key(0), place + start));
                    break;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _rounding.Dispose();
}
