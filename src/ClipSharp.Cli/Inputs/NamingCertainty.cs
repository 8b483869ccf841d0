using ClipSharp.Evaluation.Calibration;
using ClipSharp.ZeroShot;

namespace ClipSharp.Cli.Inputs;

/// <summary>How sure a name must be, and how sure the model is made to be.</summary>
/// <param name="Temperature">Logits are divided by this, above 0.</param>
/// <param name="NoneBelow">A picture whose best probability is below this is none of the names; null = every picture is one of
/// them.</param>
/// <param name="Calibration">Where they come from, or null.</param>
internal sealed record NamingCertainty(double Temperature, double? NoneBelow, NamingCalibration? Calibration)
{
    /// <summary>Whether a picture is none of the names; null where that is not asked.</summary>
    public bool? IsNone(Prediction best) => NoneBelow is { } threshold ? best.Probability < threshold : null;
}
