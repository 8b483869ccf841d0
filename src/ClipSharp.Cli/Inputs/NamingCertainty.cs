using ClipSharp.Evaluation.Calibration;
using ClipSharp.ZeroShot;

namespace ClipSharp.Cli.Inputs;

/// <summary>How sure a name must be, and how sure the model is made to be.</summary>
/// <param name="Temperature">Logits are divided by this, above 0.</param>
/// <param name="NoneBelow">A picture whose best probability is below this is none of the names; null = every picture is one of
/// them.</param>
/// <param name="Calibration">Where they come from, or null.</param>
/// <param name="IsSoftmax">Whether a sigmoid model too chooses among the names.</param>
internal sealed record NamingCertainty(double Temperature, double? NoneBelow, NamingCalibration? Calibration, bool IsSoftmax)
{
    /// <summary>The model's logits as asked for.</summary>
    /// <exception cref="ClipException">A calibration, measured by choosing among names, is asked for where each name has a
    /// probability of its own.</exception>
    public Logits Of(Logits model)
    {
        var logits = IsSoftmax ? model.Softmax() : model;
        return logits.IsSigmoid && Calibration is not null
            ? throw new ClipException(ClipError.Usage, "The calibration is of choosing among the names", "--calibration",
                "a sigmoid model, where each name has a probability of its own", "--softmax beside it",
                "Add --softmax, or give --temperature and --none-below.")
            : logits.DividedBy(Temperature);
    }

    /// <summary>Whether a picture is none of the names; null where that is not asked.</summary>
    public bool? IsNone(Prediction best) => NoneBelow is { } threshold ? best.Probability < threshold : null;
}
