namespace ClipSharp.Training.Optimization;

/// <summary>Linear warm-up, then a cosine to zero (paper 2.5; <c>cosine_lr</c> in open_clip).</summary>
/// <param name="Peak">The highest rate.</param>
/// <param name="Warmup">Steps of warm-up: step k of them has (k + 1) / Warmup of the peak.</param>
/// <param name="Steps">Steps of the whole run.</param>
public sealed record CosineSchedule(double Peak, long Warmup, long Steps)
{
    /// <summary>The rate of a step, counted from 0.</summary>
    public double Rate(long step)
    {
        if (step < Warmup)
        {
            return Peak * (step + 1) / Warmup;
        }

        var done = Math.Min(1, (double)(step - Warmup) / Math.Max(1, Steps - Warmup));
        return Peak * 0.5 * (1 + Math.Cos(Math.PI * done));
    }
}
