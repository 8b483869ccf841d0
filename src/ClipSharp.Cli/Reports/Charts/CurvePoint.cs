namespace ClipSharp.Cli.Reports;

/// <summary>A value of a curve.</summary>
internal readonly record struct CurvePoint(double Step, double Value);
