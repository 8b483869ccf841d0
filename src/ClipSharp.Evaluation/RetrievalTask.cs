namespace ClipSharp.Evaluation;

/// <summary>Pictures and captions to be found by each other.</summary>
/// <param name="Pictures">[N, E].</param>
/// <param name="Captions">[M, E].</param>
/// <param name="PictureOfCaption">M indices of pictures.</param>
public sealed record RetrievalTask(Embeddings Pictures, Embeddings Captions, IReadOnlyList<int> PictureOfCaption);
