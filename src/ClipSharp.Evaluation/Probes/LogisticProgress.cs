namespace ClipSharp.Evaluation.Probes;

/// <summary>Where a training is.</summary>
/// <param name="Iteration">From 1.</param>
/// <param name="Objective">After it.</param>
/// <param name="GradientNorm">The largest derivative, without sign.</param>
public sealed record LogisticProgress(int Iteration, double Objective, double GradientNorm);
