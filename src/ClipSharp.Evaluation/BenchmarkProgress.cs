namespace ClipSharp.Evaluation;

/// <summary>How far a stage of long work is.</summary>
/// <param name="Stage">The verb: "Reading", "Encoding".</param>
/// <param name="Unit">What is counted: "pictures".</param>
/// <param name="Done">How many are done.</param>
/// <param name="Total">Of how many; null when nobody knows.</param>
public readonly record struct BenchmarkProgress(string Stage, string Unit, long Done, long? Total);
