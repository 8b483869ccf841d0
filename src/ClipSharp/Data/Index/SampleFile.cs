using ClipSharp.Data.Pictures;
using ClipSharp.Data.Shards;
using ClipSharp.Files;
using ClipSharp.Files.Reading;
using Microsoft.Win32.SafeHandles;

namespace ClipSharp.Data.Index;

/// <summary>A file that holds pictures, as it was when it was indexed; if it is another later, nothing is read from it.</summary>
/// <param name="Path">The full path.</param>
/// <param name="Name">A short name for the fingerprint; no part of the machine's folders.</param>
/// <param name="Length">Bytes.</param>
/// <param name="Modified">Time of the last change, UTC.</param>
public sealed record SampleFile(string Path, string Name, long Length, DateTime Modified)
{
    /// <summary>What finds the file's pictures where they are packed; null where they lie in it byte by byte.</summary>
    public IPackedPictures? Packed { get; init; }

    /// <summary>Where the file is found again if it is one of the cache of shards; null where it lies under its path.</summary>
    internal CachedShard? Shard { get; init; }

    /// <summary>What opens it as a shard: its path, or the address or command that is only shown in part.</summary>
    internal string Place => Shard?.Place ?? Path;

    /// <summary>The file as it is now.</summary>
    /// <param name="path">An existing file.</param>
    /// <param name="name">Its short name.</param>
    /// <exception cref="IOException">It is not there.</exception>
    /// <exception cref="ClipException">The disk fails (InputOutput).</exception>
    public static SampleFile Of(string path, string name) => SteadyRead.Look(path, () =>
    {
        var file = LinkedFile.Of(path);
        return new SampleFile(System.IO.Path.GetFullPath(path), name, file.Length, file.LastWriteTimeUtc);
    });

    /// <summary>An open file as it is now, whatever has been put under its path since.</summary>
    internal static SampleFile Of(SafeFileHandle handle, string path) =>
        new(System.IO.Path.GetFullPath(path), System.IO.Path.GetFileName(path), RandomAccess.GetLength(handle),
            File.GetLastWriteTimeUtc(handle));

    /// <summary>Opens it for reading.</summary>
    /// <exception cref="IOException">It is gone.</exception>
    /// <exception cref="ClipException">It cannot be fetched again (InputOutput).</exception>
    internal SafeFileHandle Open() => Shard is not null ? Shard.Open()
        : File.OpenHandle(Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);

    /// <summary>Whether an open file is the one that was indexed. A file of the cache is, by its hash; its time is that of its
    /// writing.</summary>
    internal bool IsStill(SafeFileHandle handle) =>
        RandomAccess.GetLength(handle) == Length && (Shard is not null || File.GetLastWriteTimeUtc(handle) == Modified);
}
