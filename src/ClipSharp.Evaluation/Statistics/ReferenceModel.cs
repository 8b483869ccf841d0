namespace ClipSharp.Evaluation.Statistics;

/// <summary>What is known of a model beside which others are seen.</summary>
/// <param name="Name">Its name.</param>
/// <param name="AccuracyIn">On the set it was trained for, 0 to 1.</param>
/// <param name="AccuracyShift">On the shifted set, 0 to 1.</param>
public readonly record struct ReferenceModel(string Name, double AccuracyIn, double AccuracyShift);
