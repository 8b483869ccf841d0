namespace ClipSharp.Evaluation.Probes.Strengths;

/// <summary>A strength that was tried.</summary>
/// <param name="Strength">λ.</param>
/// <param name="Score">On the validation split.</param>
/// <param name="Fit">The training on the training split.</param>
public sealed record StrengthTrial(double Strength, double Score, LogisticFit Fit)
{
    /// <summary>scikit-learn's C.</summary>
    public double C => 1 / Strength;
}
