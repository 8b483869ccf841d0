namespace ClipSharp.Cli.Reports.Charts;

/// <summary>A value of a curve.</summary>
internal readonly record struct CurvePoint(double Step, double Value);
