namespace ClipSharp.Evaluation.Calibration;

/// <summary>What becomes of a set when only rows of some confidence are answered.</summary>
/// <param name="Threshold">The least confidence that is answered.</param>
/// <param name="Coverage">The share of rows that are answered, 0 to 1.</param>
/// <param name="Risk">The share of those answered that is wrong, 0 to 1; NaN where none is answered.</param>
public readonly record struct CoveragePoint(double Threshold, double Coverage, double Risk);
