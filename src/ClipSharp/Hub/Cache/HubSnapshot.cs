using ClipSharp.Hub.Transfer;

namespace ClipSharp.Hub.Cache;

/// <summary>What a pull brought.</summary>
/// <param name="Path">The folder that holds the files under their own names.</param>
/// <param name="Commit">The commit they are of, 40 hexadecimal digits.</param>
/// <param name="Files">The files that were asked for, all there.</param>
/// <param name="Skipped">The repository's other files.</param>
/// <param name="DownloadedBytes">Bytes received for it; 0 when everything was in the cache.</param>
public sealed record HubSnapshot(
    string Path, string Commit, IReadOnlyList<HubFile> Files, IReadOnlyList<HubFile> Skipped, long DownloadedBytes);
