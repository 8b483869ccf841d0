namespace ClipSharp.Evaluation.Calibration;

/// <summary>The rows whose confidence is above Low and at most High.</summary>
/// <param name="Low">Lower end.</param>
/// <param name="High">Upper end.</param>
/// <param name="Count">How many rows.</param>
/// <param name="Confidence">Their mean confidence; NaN without rows.</param>
/// <param name="Accuracy">The share of them that is right; NaN without rows.</param>
public readonly record struct ReliabilityBin(double Low, double High, int Count, double Confidence, double Accuracy);
