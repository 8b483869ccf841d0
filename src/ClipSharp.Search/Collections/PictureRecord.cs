using Microsoft.Extensions.VectorData;

namespace ClipSharp.Search.Collections;

/// <summary>A picture of an index as a record of Microsoft.Extensions.VectorData.</summary>
public sealed record PictureRecord
{
    /// <summary>The key: the path of the file, in a shard with <c>#</c> and the picture's key behind it; of what did not come
    /// from a file whatever the application calls it.</summary>
    [VectorStoreKey]
    public required string Name { get; init; }

    /// <summary>Its first caption, or null.</summary>
    [VectorStoreData]
    public string? Caption { get; init; }

    /// <summary>The folder, shard or table that was indexed; empty for what did not come from one.</summary>
    [VectorStoreData]
    public string Source { get; init; } = "";

    /// <summary>Bytes of the picture; 0 where nobody said.</summary>
    [VectorStoreData]
    public long Length { get; init; }

    /// <summary>When its file was last changed, UTC.</summary>
    [VectorStoreData]
    public DateTime Modified { get; init; }

    /// <summary>E numbers. Stored at unit length, in float16: what comes back differs from that by 2^-11 of each number at
    /// most. Null where nobody asked for it.</summary>
    [VectorStoreVector(1, DistanceFunction = DistanceFunction.CosineSimilarity)]
    public ReadOnlyMemory<float>? Vector { get; init; }

    internal static PictureRecord Of(IndexedPicture picture, ReadOnlyMemory<float>? vector = null) => new()
    {
        Name = picture.Name,
        Caption = picture.Caption,
        Source = picture.Source,
        Length = picture.Length,
        Modified = picture.Modified,
        Vector = vector,
    };

    /// <summary>What a store keeps of this in place of what it knew; null = nothing.</summary>
    internal IndexedPicture Over(IndexedPicture? there) => (there ?? new IndexedPicture(Name, Name)) with
    {
        Caption = Caption,
        Source = Source,
        Length = Length,
        Modified = DateTime.SpecifyKind(Modified, DateTimeKind.Utc),
    };
}
