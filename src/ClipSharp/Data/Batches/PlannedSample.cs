namespace ClipSharp.Data.Batches;

/// <summary>One place in a batch.</summary>
/// <param name="Sample">The sample whose picture is used.</param>
/// <param name="Epoch">How many times all samples came round before; where they are drawn with replacement, how many were drawn
/// before. With the sample it keys all random choices.</param>
public readonly record struct PlannedSample(long Sample, long Epoch);
