using ClipSharp.Data.Index;
using ClipSharp.Images.Decoding;

namespace ClipSharp.Data.Pictures;

/// <summary>How pictures are read.</summary>
public sealed record PictureOptions
{
    /// <summary>The defaults.</summary>
    public static PictureOptions Default { get; } = new();

    /// <summary>What is too large.</summary>
    public DecodeLimits Limits { get; init; } = DecodeLimits.Default;

    /// <summary>Whether to go on where a disk fails four times at a picture; else that ends the work with <see
    /// cref="ClipError.InputOutput"/>. Such a picture is left out, or another takes its place, this time; the next time it is
    /// read again.</summary>
    public bool SkipReadErrors { get; init; }

    /// <summary>Told at once of a picture that cannot be read: because the disk fails, or because the file is gone, changed or
    /// forbidden since it was indexed. Once for each picture, one call at a time, on a thread that reads.</summary>
    public Action<Skip>? OnReadError { get; init; }
}
