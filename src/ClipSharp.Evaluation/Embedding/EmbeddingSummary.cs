namespace ClipSharp.Evaluation.Embedding;

/// <summary>What lies in a folder of vectors.</summary>
/// <param name="Rows">Items with vectors.</param>
/// <param name="Skipped">Items left out, each listed in <c>left-out.jsonl</c>.</param>
/// <param name="Shards">Shards of the output.</param>
/// <param name="Reused">How many of them were there before.</param>
public sealed record EmbeddingSummary(long Rows, long Skipped, int Shards, int Reused);
