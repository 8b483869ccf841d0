namespace ClipSharp.Training.Runs.Evaluations;

/// <summary>A number that an evaluation during training gave.</summary>
/// <param name="Name">As curves and <see cref="TrainOptions.BestMetric"/> name it.</param>
/// <param name="Value">The number; one that is not finite goes into no curve and is never the best.</param>
/// <param name="LowerIsBetter">Whether less is better, as of a loss or a rank.</param>
public readonly record struct EvaluatedValue(string Name, double Value, bool LowerIsBetter = false);
