namespace ClipSharp.Hub.Transfer;

/// <summary>A file of a repository.</summary>
/// <param name="Path">Its path in the repository, with slashes.</param>
/// <param name="Size">Its length in bytes.</param>
public sealed record HubFile(string Path, long Size)
{
    /// <summary>git's object id of what git holds: the file, or for a large one the note that stands for it.</summary>
    internal string GitId { get; init; } = "";

    /// <summary>SHA-256 of a large file (LFS); null for those that git holds.</summary>
    internal string? Sha256 { get; init; }

    /// <summary>Its name among the blobs of a cache.</summary>
    internal string BlobName => Sha256 ?? GitId;
}
