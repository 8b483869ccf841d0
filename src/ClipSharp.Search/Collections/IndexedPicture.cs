namespace ClipSharp.Search.Collections;

/// <summary>What an index knows of a picture.</summary>
/// <param name="Place">The file that holds it, a full path: the picture itself, or a shard.</param>
/// <param name="Key">Its key in its source: the path below a folder, the name in a shard.</param>
public sealed record IndexedPicture(string Place, string Key)
{
    /// <summary>The first byte of the picture in its file; 0 where it is the file.</summary>
    public long Offset { get; init; }

    /// <summary>Bytes of the picture.</summary>
    public long Length { get; init; }

    /// <summary>When the file was last changed, UTC.</summary>
    public DateTime Modified { get; init; }

    /// <summary>SHA-256 of the picture's bytes, 64 hex digits; empty where only its vector is known.</summary>
    public string Hash { get; init; } = "";

    /// <summary>The folder, shard, table or folder of vectors that was named, a full path.</summary>
    public string Source { get; init; } = "";

    /// <summary>Its first caption, or null.</summary>
    public string? Caption { get; init; }

    /// <summary>How a person names it: the path of the file, in a shard with the key behind it.</summary>
    public string Name => Offset == 0 ? Place : $"{Place}#{Key}"; // a tar begins with a header

    /// <summary>Which bytes: the same for as long as nobody writes the file.</summary>
    internal (string Place, long Offset) Id => (Place, Offset);

    /// <summary>Whether size, time and words are those of another look at it: then its bytes are not read again.</summary>
    internal bool IsAs(IndexedPicture other) =>
        (Length, Modified, Key, Caption) == (other.Length, other.Modified, other.Key, other.Caption);
}
