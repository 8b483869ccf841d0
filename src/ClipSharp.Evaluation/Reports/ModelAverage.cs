namespace ClipSharp.Evaluation.Reports;

/// <summary>How a model does over many sets, chance taken off, so that a set of two classes and one of a thousand weigh the
/// same (as DataComp's average does).</summary>
/// <param name="Model">Model and weights, as <see cref="BenchmarkTable.FullName"/> has them.</param>
/// <param name="Task">The task.</param>
/// <param name="Value">The mean of <see cref="MetricValue.Normalised"/> of the main metrics; 0 is guessing, 1 perfect.</param>
/// <param name="Sets">How many sets it is over.</param>
/// <param name="LeftOut">How many more have no known chance.</param>
public sealed record ModelAverage(string Model, string Task, double Value, int Sets, int LeftOut);
