namespace ClipSharp.Training.Optimization;

/// <summary>The factor on the loss that keeps half-precision gradients above zero: grows by 2^(1/1000) with every good step,
/// halves when a gradient overflows, and that step is left out (Micikevicius et al. 2018; constants of openai/jukebox,
/// utils/fp16.py).</summary>
public sealed class LossScale
{
    private const double First = 65536;
    private const double Most = 1 << 24;
    private static readonly double Growth = Math.Pow(2, 1.0 / 1000);

    /// <summary>Whether it ever differs from 1.</summary>
    public bool IsOn { get; }

    /// <summary>The factor.</summary>
    public double Value { get; private set; }

    /// <param name="isOn">False where gradients need no scaling: the factor is 1 for ever.</param>
    public LossScale(bool isOn) => (IsOn, Value) = (isOn, isOn ? First : 1);

    /// <summary>Goes on where a run stood.</summary>
    public void Restore(double value) => Value = IsOn ? value : 1;

    /// <summary>Takes in how a step went.</summary>
    public void Update(bool finite)
    {
        if (IsOn)
        {
            Value = finite ? Math.Min(Most, Value * Growth) : Math.Max(1, Value / 2);
        }
    }
}
