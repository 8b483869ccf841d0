using static TorchSharp.torch;

namespace ClipSharp.Training.Optimization.Moments;

/// <summary>One of Adam's running statistics of a parameter, in whatever format it is kept; arithmetic is float32.</summary>
internal interface IMoment : IDisposable
{
    /// <summary>Whether a part can only be written together with all others, because they share one scale.</summary>
    bool IsWhole { get; }

    /// <summary>What is kept, under names to be saved by: the value and, where it has them, its scales.</summary>
    IEnumerable<(string Suffix, Tensor Value)> State();

    /// <summary>The statistic from an element on.</summary>
    void Read(long start, Span<float> values);

    /// <summary>Keeps the statistic from an element on. <paramref name="values"/> may be overwritten.</summary>
    /// <param name="start">A multiple of <see cref="HalfAdamW.Block"/>.</param>
    /// <param name="values">The new values.</param>
    /// <param name="key">Of stochastic rounding.</param>
    void Write(long start, Span<float> values, uint key);

    /// <summary>The statistic from an element on, on its device: float32 [count]. Where it is kept as float32 it is the statistic
    /// itself.</summary>
    Tensor Read(long start, long count);

    /// <summary>Keeps the statistic from an element on.</summary>
    /// <param name="start">A multiple of <see cref="DeviceHalfAdamW.Block"/>.</param>
    /// <param name="values">The new values, float32; may be overwritten.</param>
    /// <param name="key">Of stochastic rounding.</param>
    /// <param name="rounding">That of the device.</param>
    void Write(long start, Tensor values, uint key, DeviceRounding rounding);
}
