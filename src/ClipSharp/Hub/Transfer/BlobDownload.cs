using ClipSharp.Files;
using ClipSharp.Hub.Cache;
using ClipSharp.Transfer;

namespace ClipSharp.Hub.Transfer;

/// <summary>Fetches a file's content into the cache: goes on where an earlier try ended, checks length and hash, and only then
/// gives it its name. The part that was received outlives a fault, a cancellation and the process.</summary>
/// <param name="requests">Sends requests.</param>
/// <param name="delay">Waits.</param>
/// <param name="patience">How long the server may be silent.</param>
internal sealed class BlobDownload(HubRequests requests, Func<TimeSpan, CancellationToken, Task> delay, TimeSpan patience)
{
    private static readonly NoDelivery Silent = new(ClipError.Unavailable, "The hub does not deliver",
        "Try again later; what was received is kept.",
        "Try again after that time; with an access token (HF_TOKEN) the hub allows more.");

    /// <summary>When the hub is asked again.</summary>
    /// <param name="delay">Waits.</param>
    /// <param name="where">For messages.</param>
    public static GrowingPauses Pauses(Func<TimeSpan, CancellationToken, Task> delay, string where) =>
        new(delay, where, Silent);

    /// <summary>Makes the file a part of the snapshot.</summary>
    /// <param name="repo">The repository.</param>
    /// <param name="folder">Its folder in the cache.</param>
    /// <param name="commit">The snapshot's commit.</param>
    /// <param name="file">The file; its path has been checked.</param>
    /// <param name="url">Where its content is.</param>
    /// <param name="progress">Told the bytes received and whether somebody else is fetching it.</param>
    /// <param name="cancel">Stops it; what was received stays.</param>
    /// <exception cref="ClipException">It cannot be had, or is not what the hub's list says.</exception>
    public async Task FetchAsync(HubRepo repo, RepoFolder folder, string commit, HubFile file, Uri url,
        Action<long, bool> progress, CancellationToken cancel)
    {
        try
        {
            DurableStorage.CreateFolder(Path.GetDirectoryName(folder.Blob(file))!);
            DurableStorage.CreateFolder(Path.GetDirectoryName(folder.Lock(file))!);
            using var held = await LockFile.TakeAsync(folder.Lock(file), () => progress(0, true), delay, cancel)
                .ConfigureAwait(false);
            // Whoever held the lock before may have fetched it.
            if (!folder.HasBlob(file))
            {
                await ReceiveAsync(repo, folder, file, url, progress, cancel).ConfigureAwait(false);
            }

            folder.Publish(commit, file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ClipException(ClipError.InputOutput, "The cache could not be written", folder.FolderPath, e.Message,
                "a writable place with enough room", "Free some space, or choose another place with --cache-dir or HF_HUB_CACHE.",
                e);
        }
    }

    private async Task ReceiveAsync(HubRepo repo, RepoFolder folder, HubFile file, Uri url, Action<long, bool> progress,
        CancellationToken cancel)
    {
        var part = folder.Incomplete(file);
        try
        {
            await ReceivePartAsync(part, repo, file, url, progress, cancel).ConfigureAwait(false);
            DurableStorage.MoveFile(part, folder.Blob(file));
            DurableStorage.SyncFolder(Path.GetDirectoryName(part)!);
        }
        catch (ClipException e) when (e.Kind == ClipError.Data)
        {
            DurableStorage.DeleteFile(part); // not this file's bytes: nothing to go on from
            throw;
        }
    }

    private async Task ReceivePartAsync(string part, HubRepo repo, HubFile file, Uri url, Action<long, bool> progress,
        CancellationToken cancel)
    {
        var where = $"hf-hub:{repo}, {file.Path}";
        using var stream = DurableStorage.Create(part, LockFile.Alone(FileAccess.ReadWrite));
        using var hash = new BlobHash(file);
        var content = new PartialFile(stream, hash, file.Size, long.MaxValue, (found, expected) => new ClipException(
            ClipError.Data, "The file has another length than the hub's list says", where, found, expected,
            "Nothing of it was kept: pull again, and check HF_ENDPOINT if that does not help."));
        await content.ReadKeptAsync(cancel).ConfigureAwait(false);
        await new Download(Pauses(delay, where), patience, count => progress(count, false))
            .FillAsync(content, (from, token) => requests.ContentAsync(repo, url, from, token), cancel).ConfigureAwait(false);
        var found = hash.Finish();
        if (found != file.BlobName)
        {
            throw new ClipException(ClipError.Data, "The file is not what the hub's list says", where, $"hash {found}",
                file.BlobName, "Nothing of it was kept: pull again, and check HF_ENDPOINT if that does not help.");
        }

        DurableStorage.Flush(stream);
        DurableStorage.Sync(stream.SafeFileHandle, part);
    }
}
