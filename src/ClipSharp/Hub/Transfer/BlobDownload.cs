using ClipSharp.Files;
using ClipSharp.Hub.Cache;

namespace ClipSharp.Hub.Transfer;

/// <summary>Fetches a file's content into the cache: goes on where an earlier try ended, checks length and hash, and only then
/// gives it its name. The part that was received outlives a fault, a cancellation and the process.</summary>
/// <param name="requests">Sends requests.</param>
/// <param name="delay">Waits.</param>
internal sealed class BlobDownload(HubRequests requests, Func<TimeSpan, CancellationToken, Task> delay)
{
    private const int BufferLength = 1 << 18;
    private const long Achievement = 1 << 20; // so many new bytes make the next fault a first one
    private static readonly TimeSpan LockPoll = TimeSpan.FromMilliseconds(200);

    // New or there already; nobody else has it open.
    private static readonly FileStreamOptions Alone = new()
    {
        Mode = FileMode.OpenOrCreate,
        Access = FileAccess.ReadWrite,
        Share = FileShare.None,
        BufferSize = BufferLength,
    };

    // EWOULDBLOCK on Linux and on macOS; sharing and lock violation on Windows.
    private static readonly int[] InUse = [11, 35, unchecked((int)0x80070020), unchecked((int)0x80070021)];

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
            using var held = await LockAsync(folder.Lock(file), () => progress(0, true), cancel).ConfigureAwait(false);
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

    private async Task<FileStream> LockAsync(string path, Action waiting, CancellationToken cancel)
    {
        while (true)
        {
            try
            {
                return DurableStorage.Create(path, Alone);
            }
            catch (IOException e) when (InUse.Contains(e.HResult))
            {
                waiting();
                await delay(LockPoll, cancel).ConfigureAwait(false);
            }
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
        using var stream = DurableStorage.Create(part, Alone);
        using var hash = new BlobHash(file);
        var content = new PartialContent(stream, hash, file, where);
        await content.ReadKeptAsync(cancel).ConfigureAwait(false);
        await FillAsync(content, repo, file, url, progress, new HubRetry(delay, where), cancel).ConfigureAwait(false);
        var found = hash.Finish();
        if (found != file.BlobName)
        {
            throw new ClipException(ClipError.Data, "The file is not what the hub's list says", where, $"hash {found}",
                file.BlobName, "Nothing of it was kept: pull again, and check HF_ENDPOINT if that does not help.");
        }

        DurableStorage.Flush(stream);
        DurableStorage.Sync(stream.SafeFileHandle, part);
    }

    private async Task FillAsync(PartialContent content, HubRepo repo, HubFile file, Uri url, Action<long, bool> progress,
        HubRetry retry, CancellationToken cancel)
    {
        var (received, credited) = (0L, 0L);
        var buffer = new byte[BufferLength];
        while (content.Length < file.Size)
        {
            try
            {
                using var response = await requests.SendAsync(repo, url, content.Length, cancel).ConfigureAwait(false);
                if (!content.Continues(response))
                {
                    continue; // the part did not fit; it is empty now
                }

                var body = await response.Content.ReadAsStreamAsync(cancel).ConfigureAwait(false);
                for (int count; (count = await requests.ReadAsync(body, buffer, cancel).ConfigureAwait(false)) > 0;)
                {
                    content.Append(buffer.AsSpan(0, count));
                    received += count;
                    progress(count, false);
                }

                if (content.Length < file.Size)
                {
                    throw new HubTransientException($"an end after {content.Length} of {file.Size} bytes");
                }
            }
            catch (HubTransientException fault)
            {
                if (received - credited >= Achievement)
                {
                    retry.Reset();
                    credited = received;
                }

                await retry.WaitAsync(fault, cancel).ConfigureAwait(false);
            }
        }
    }
}
