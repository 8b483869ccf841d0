namespace ClipSharp.Search.Vectors;

/// <summary>A row found.</summary>
/// <param name="Row">Its number, over all segments one after the other.</param>
/// <param name="Score">Its product with the query: the cosine where the query has unit length.</param>
public readonly record struct VectorHit(long Row, float Score);
