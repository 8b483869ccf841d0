namespace ClipSharp.Evaluation.Probes.Strengths;

/// <summary>What a search found.</summary>
/// <param name="Best">The strength that was chosen.</param>
/// <param name="Trials">All that were tried, in order.</param>
/// <param name="Fit">The last training, with the chosen strength, on the training and validation splits together.</param>
public sealed record StrengthResult(StrengthTrial Best, IReadOnlyList<StrengthTrial> Trials, LogisticFit Fit);
