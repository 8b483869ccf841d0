namespace ClipSharp.Data.Index;

/// <summary>How far the indexing is.</summary>
/// <param name="Samples">Usable samples so far.</param>
/// <param name="Skipped">Losses so far.</param>
/// <param name="File">The file being read.</param>
public readonly record struct IndexProgress(long Samples, long Skipped, string File);
