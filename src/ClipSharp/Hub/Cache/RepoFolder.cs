using ClipSharp.Files;
using ClipSharp.Hub.Transfer;

namespace ClipSharp.Hub.Cache;

/// <summary>A repository's folder in a cache, as huggingface_hub lays it: <c>blobs/hash</c> holds each content once,
/// <c>snapshots/commit/name</c> points there, <c>refs/revision</c> holds a commit, <c>trees/commit.json</c> the list of
/// files.</summary>
internal sealed class RepoFolder(string cache, HubRepo repo, bool usesLinks)
{
    private const int MaxRefLength = 100;

    private readonly string _folder = Path.Combine(cache, repo.FolderName);

    /// <summary>The folder itself.</summary>
    public string FolderPath => _folder;

    public string Snapshot(string commit) => Path.Combine(_folder, "snapshots", commit);

    public string Blob(HubFile file) => Path.Combine(_folder, "blobs", file.BlobName);

    /// <summary>What has been received of a blob; the name that huggingface_hub had for it.</summary>
    public string Incomplete(HubFile file) => Blob(file) + ".incomplete";

    /// <summary>Held while a blob is fetched, by huggingface_hub too.</summary>
    public string Lock(HubFile file) => Path.Combine(cache, ".locks", repo.FolderName, file.BlobName + ".lock");

    public string File(string commit, HubFile file) =>
        Path.Combine(Snapshot(commit), file.Path.Replace('/', Path.DirectorySeparatorChar));

    /// <summary>The commit that the repository's revision meant when it was last pulled; null when it never was.</summary>
    public string? Commit()
    {
        if (HubRepo.IsCommit(repo.Revision))
        {
            return repo.Revision;
        }

        try
        {
            using var stream = System.IO.File.OpenRead(RefPath());
            var text = new byte[MaxRefLength];
            var commit = System.Text.Encoding.ASCII.GetString(text, 0,
                stream.ReadAtLeast(text, text.Length, throwOnEndOfStream: false)).Trim();
            return HubRepo.IsCommit(commit) ? commit : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Notes what the revision means. Written last, so a revision never leads to a snapshot that is not whole.</summary>
    public void WriteCommit(string commit)
    {
        if (commit != Commit())
        {
            AtomicFile.WriteText(RefPath(), commit);
        }
    }

    public IReadOnlyList<HubFile>? ReadTree(string commit) => HubListing.TryRead(TreePath(commit));

    public void WriteTree(string commit, IReadOnlyList<HubFile> files) => HubListing.Write(TreePath(commit), files);

    /// <summary>Whether a snapshot has a file at its full length.</summary>
    public bool Has(string commit, HubFile file) => LengthOf(File(commit, file)) == file.Size;

    /// <summary>Whether a blob is there at its full length.</summary>
    public bool HasBlob(HubFile file) => LengthOf(Blob(file)) == file.Size;

    /// <summary>How much of a blob has been received.</summary>
    public long ReceivedLength(HubFile file) => Math.Min(LengthOf(Incomplete(file)) ?? 0, file.Size);

    /// <summary>Makes a blob that is there a file of a snapshot, at once or not at all.</summary>
    public void Publish(string commit, HubFile file)
    {
        var (blob, path) = (Blob(file), File(commit, file));
        if (!usesLinks || !TryLink(blob, path))
        {
            AtomicFile.Write(path, stream =>
            {
                using var source = System.IO.File.OpenRead(blob);
                source.CopyTo(stream);
            });
        }
    }

    /// <summary>The files of a snapshot whose tree nobody kept.</summary>
    public IReadOnlyList<HubFile> FilesOnDisk(string commit)
    {
        var snapshot = Snapshot(commit);
        return !Directory.Exists(snapshot) ? []
            : [.. Directory.EnumerateFiles(snapshot, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
                .Select(path => new HubFile(
                    Path.GetRelativePath(snapshot, path).Replace(Path.DirectorySeparatorChar, '/'), LengthOf(path) ?? 0))];
    }

    private string RefPath() => Path.Combine(_folder, "refs", repo.Revision.Replace('/', Path.DirectorySeparatorChar));

    private string TreePath(string commit) => Path.Combine(_folder, "trees", commit + ".json");

    private static bool TryLink(string blob, string path)
    {
        var folder = Path.GetDirectoryName(path)!;
        var part = AtomicFile.PartName(path);
        DurableStorage.CreateFolder(folder);
        try
        {
            System.IO.File.CreateSymbolicLink(part, Path.GetRelativePath(folder, blob));
            DurableStorage.MoveFile(part, path);
            DurableStorage.SyncFolder(folder);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            System.IO.File.Delete(part);
            return false; // Windows without the right to link, or a disk without links
        }
    }

    // A link's own length is that of its target's name.
    private static long? LengthOf(string path)
    {
        try
        {
            using var handle = System.IO.File.OpenHandle(path, share: FileShare.ReadWrite | FileShare.Delete);
            return RandomAccess.GetLength(handle);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
