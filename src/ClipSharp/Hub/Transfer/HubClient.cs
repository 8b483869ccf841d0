using ClipSharp.Files;
using ClipSharp.Hub.Cache;
using ClipSharp.Transfer;

namespace ClipSharp.Hub.Transfer;

/// <summary>Pulls repositories of the Hugging Face hub into the cache that Python's tools use too. It uses the network only when
/// asked.</summary>
/// <remarks>Use it from one thread at a time; several processes may pull the same repository at once.</remarks>
public sealed class HubClient : IDisposable
{
    private const int MostAnswer = 16 << 20;

    private readonly HubOptions _options;
    private readonly HubRequests _requests;
    private readonly Func<TimeSpan, CancellationToken, Task> _delay;
    private readonly TimeSpan _patience;

    /// <param name="options">Where the hub and the cache are.</param>
    public HubClient(HubOptions options) : this(options, Task.Delay, Patience.Usual)
    {
    }

    internal HubClient(HubOptions options, Func<TimeSpan, CancellationToken, Task> delay, TimeSpan patience)
    {
        ArgumentNullException.ThrowIfNull(options);
        (_options, _delay, _patience, _requests) = (options, delay, patience, new HubRequests(options, patience));
    }

    /// <summary>Brings the files that are wanted into the cache; those that are there are not fetched again. A file appears in
    /// the snapshot only when it is whole and its hash is the hub's.</summary>
    /// <param name="repo">The repository.</param>
    /// <param name="selection">Which of its files; null = the usual ones.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancel">Stops it; the next pull goes on from there.</param>
    /// <exception cref="ClipException">The repository, or a file of it, cannot be had, is damaged or not safe to
    /// write.</exception>
    public async Task<HubSnapshot> PullAsync(HubRepo repo, HubSelection? selection = null,
        IProgress<HubProgress>? progress = null,
        CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(repo);
        selection ??= new HubSelection();
        var folder = new HubCache(_options).Folder(repo);
        if (_options.IsOffline)
        {
            return Cached(repo, folder, selection);
        }

        var commit = HubRepo.IsCommit(repo.Revision) ? repo.Revision : await CommitAsync(repo, cancel).ConfigureAwait(false);
        var kept = folder.ReadTree(commit);
        var files = kept ?? await ListAsync(repo, commit, cancel).ConfigureAwait(false);
        var chosen = selection.Choose(repo, files);
        HubPath.Check(chosen, $"hf-hub:{repo}");
        var missing = chosen.Where(file => !folder.Has(commit, file)).ToList();
        var total = missing.Where(file => !folder.HasBlob(file)).DistinctBy(file => file.BlobName)
            .Sum(file => file.Size - folder.ReceivedLength(file));
        RequireRoom(total);
        if (kept is null)
        {
            folder.WriteTree(commit, files);
        }

        var download = new BlobDownload(_requests, _delay, _patience);
        var done = 0L;
        foreach (var file in missing)
        {
            await download.FetchAsync(repo, folder, commit, file, ContentUrl(repo, commit, file), Report, cancel)
                .ConfigureAwait(false);

            void Report(long count, bool isWaiting)
            {
                done += count;
                progress?.Report(new HubProgress(file.Path, done, Math.Max(done, total), isWaiting));
            }
        }

        folder.WriteCommit(commit);
        return new HubSnapshot(folder.Snapshot(commit), commit, chosen, [.. files.Except(chosen)], done);
    }

    /// <inheritdoc/>
    public void Dispose() => _requests.Dispose();

    private HubSnapshot Cached(HubRepo repo, RepoFolder folder, HubSelection selection)
    {
        var commit = folder.Commit() ?? throw new HubCache(_options).Absent(repo);
        var files = folder.ReadTree(commit) ?? folder.FilesOnDisk(commit);
        var chosen = files.Count == 0 ? throw new HubCache(_options).Absent(repo) : selection.Choose(repo, files);
        HubPath.Check(chosen, $"hf-hub:{repo}");
        var missing = chosen.Where(file => !folder.Has(commit, file)).ToList();
        return missing.Count == 0
            ? new HubSnapshot(folder.Snapshot(commit), commit, chosen, [.. files.Except(chosen)], 0)
            : throw new ClipException(ClipError.NoInput, "The cache does not hold all that is asked for", $"hf-hub:{repo}",
                $"{chosen.Count - missing.Count} of {chosen.Count} files, not {missing[0].Path}", "all",
                $"Fetch the rest without --offline (and without HF_HUB_OFFLINE): {repo.PullCommand}");
    }

    private async Task<string> CommitAsync(HubRepo repo, CancellationToken cancel)
    {
        var url = ApiUrl(repo, $"revision/{Uri.EscapeDataString(repo.Revision)}");
        var (json, _) = await AnswerAsync(repo, url, cancel).ConfigureAwait(false);
        var commit = JsonFile.Parse(json, HubJson.Default.RevisionAnswer, url.AbsolutePath).Commit;
        return HubRepo.IsCommit(commit)
            ? commit
            : throw new ClipException(ClipError.Data, "The hub's answer makes no sense", url.AbsolutePath,
                $"the commit \"{commit}\"",
                "40 hexadecimal digits", "Check HF_ENDPOINT: this does not look like the hub.");
    }

    private async Task<IReadOnlyList<HubFile>> ListAsync(HubRepo repo, string commit, CancellationToken cancel)
    {
        var files = new List<HubFile>();
        Uri? page = ApiUrl(repo, $"tree/{commit}?recursive=true&expand=false");
        while (page is not null)
        {
            var (json, next) = await AnswerAsync(repo, page, cancel).ConfigureAwait(false);
            var before = files.Count;
            files.AddRange(HubListing.ParsePage(json, page.AbsolutePath));
            var fault = files.Count > HubListing.MaxFiles ? $"more than {HubListing.MaxFiles} files"
                : next is not null && files.Count == before ? "a page without files that names a next one"
                : next is not null && !_requests.IsOfEndpoint(next) ? $"a next page at {next.Host}"
                : null;
            page = fault is null ? next
                : throw new ClipException(ClipError.Data, "The list of files makes no sense", page.AbsolutePath, fault,
                    "pages of the hub's", "Check HF_ENDPOINT: this does not look like the hub.");
        }

        return files;
    }

    private async Task<(byte[] Json, Uri? Next)> AnswerAsync(HubRepo repo, Uri url, CancellationToken cancel)
    {
        var retry = BlobDownload.Pauses(_delay, $"hf-hub:{repo}");
        while (true)
        {
            try
            {
                using var response = await _requests.SendAsync(repo, url, 0, cancel).ConfigureAwait(false);
                var body = await response.Content.ReadAsStreamAsync(cancel).ConfigureAwait(false);
                return (await ReadAllAsync(body, url, cancel).ConfigureAwait(false), LinkHeader.Next(response, url));
            }
            catch (PassingFault fault) when (fault.IsUnreachable)
            {
                throw retry.Refuse(fault.Message,
                    $"Check the connection to {_options.Endpoint.Host}; --offline uses what the cache holds.", fault);
            }
            catch (PassingFault fault)
            {
                await retry.WaitAsync(fault, cancel).ConfigureAwait(false);
            }
        }
    }

    private async Task<byte[]> ReadAllAsync(Stream body, Uri url, CancellationToken cancel)
    {
        using var whole = new MemoryStream();
        var buffer = new byte[1 << 16];
        for (int count; (count = await _requests.ReadAsync(body, buffer, cancel).ConfigureAwait(false)) > 0;)
        {
            if (whole.Length + count > MostAnswer)
            {
                throw new ClipException(ClipError.Data, "The hub's answer is too long", url.AbsolutePath,
                    $"more than {MostAnswer} bytes",
                    "a page of a list", "Check HF_ENDPOINT: this does not look like the hub.");
            }

            whole.Write(buffer, 0, count);
        }

        return whole.ToArray();
    }

    private void RequireRoom(long bytes)
    {
        var place = Path.GetFullPath(_options.CacheFolder);
        while (!Directory.Exists(place) && Path.GetDirectoryName(place) is { } parent)
        {
            place = parent;
        }

        var free = new DriveInfo(place).AvailableFreeSpace;
        if (bytes > free)
        {
            throw new ClipException(ClipError.CannotCreate, "The disk has no room for the files", _options.CacheFolder,
                $"{free} bytes free", $"{bytes} bytes",
                "Free some space, or choose another place with --cache-dir or HF_HUB_CACHE.");
        }
    }

    private Uri ApiUrl(HubRepo repo, string rest) => Url($"api/{repo.TypeName}s/{repo.Id}/{rest}");

    private Uri ContentUrl(HubRepo repo, string commit, HubFile file)
    {
        var path = string.Join('/', file.Path.Split('/').Select(Uri.EscapeDataString));
        return Url($"{(repo.Type == RepoType.Dataset ? "datasets/" : "")}{repo.Id}/resolve/{commit}/{path}");
    }

    private Uri Url(string path) => new($"{_options.Endpoint.AbsoluteUri.TrimEnd('/')}/{path}");
}
