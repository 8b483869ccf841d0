namespace ClipSharp.Search.Collections;

/// <summary>A picture found.</summary>
/// <param name="Picture">Which.</param>
/// <param name="Score">Its product with the query: the cosine where the query is one text or picture.</param>
public sealed record FoundPicture(IndexedPicture Picture, float Score)
{
    /// <summary>A short name of it in the store as it was opened; of an index on disk its row, from 0.</summary>
    public long Id { get; init; }
}
