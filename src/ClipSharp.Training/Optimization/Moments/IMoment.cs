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
}
