using ClipSharp.Evaluation.Statistics;

namespace ClipSharp.Cli.Reports.Evaluation;

/// <summary>A set that is shifted from another, such as ImageNetV2 from ImageNet.</summary>
/// <param name="Usual">The set that models are made for, by the name it has on the page or its data set's.</param>
/// <param name="Shifted">The shifted one.</param>
/// <param name="Fit">How models do that were made for the usual set; null = none is known.</param>
internal sealed record DistributionShift(string Usual, string Shifted, RobustnessFit? Fit);
