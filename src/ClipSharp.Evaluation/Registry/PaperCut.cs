namespace ClipSharp.Evaluation.Registry;

/// <summary>How the paper cut a set (table 9) and prompted for it; often not as those who published the set since.</summary>
/// <param name="Train">Samples of its training and validation.</param>
/// <param name="Test">Samples that it measured.</param>
/// <param name="Templates">Its templates, by number.</param>
/// <param name="Metric">What it reports, where that is not the set's <see cref="BenchmarkSet.Metric"/>.</param>
public sealed record PaperCut(int Train, int Test, int Templates, string? Metric = null);
