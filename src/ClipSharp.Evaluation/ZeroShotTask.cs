namespace ClipSharp.Evaluation;

/// <summary>Pictures to be named.</summary>
/// <param name="Pictures">[N, E].</param>
/// <param name="Labels">N class indices.</param>
/// <param name="Classifier">[C, E].</param>
public sealed record ZeroShotTask(Embeddings Pictures, IReadOnlyList<int> Labels, Embeddings Classifier);
