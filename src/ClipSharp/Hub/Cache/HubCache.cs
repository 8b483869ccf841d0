namespace ClipSharp.Hub.Cache;

/// <summary>The hub's files that are on this disk, in the layout of huggingface_hub, so that Python's tools share them. Nothing
/// here uses the network.</summary>
/// <param name="options">Where the cache is.</param>
public sealed class HubCache(HubOptions options)
{
    internal const string Scheme = "hf-hub:";

    /// <summary>The user's cache, as <see cref="HubOptions.FromEnvironment()"/> finds it.</summary>
    public static HubCache OfUser() => new(HubOptions.FromEnvironment());

    /// <summary>Whether a text names a repository, <c>hf-hub:org/name</c>, and no path.</summary>
    internal static bool IsHubName(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return name.StartsWith(Scheme, StringComparison.Ordinal);
    }

    /// <summary>The path that a name stands for: a path stands for itself, <c>hf-hub:org/name/folder@revision</c> (folder and
    /// revision may be left out) for that place in the user's cache.</summary>
    /// <param name="name">The name.</param>
    /// <param name="type">Whether a model or a data set is meant.</param>
    /// <exception cref="ClipException">The repository has not been pulled, or is none.</exception>
    public static string PathOf(string name, RepoType type) => IsHubName(name) ? OfUser().Resolve(name, type) : name;

    /// <summary>The snapshot of a repository: of its commit, or of the commit its branch or tag had when it was last
    /// pulled.</summary>
    /// <exception cref="ClipException">It has not been pulled.</exception>
    public string Snapshot(HubRepo repo)
    {
        var folder = Folder(repo);
        return folder.Commit() is { } commit && Directory.Exists(folder.Snapshot(commit))
            ? folder.Snapshot(commit)
            : throw Absent(repo);
    }

    internal string Resolve(string name, RepoType type)
    {
        var text = name[Scheme.Length..];
        var at = text.IndexOf('@', StringComparison.Ordinal);
        var (place, revision) = at < 0 ? (text, "") : (text[..at], text[at..]);
        // Two parts are the repository, what follows is a place in it.
        var parts = place.Split('/', 3);
        var snapshot = Snapshot(HubRepo.Parse(string.Join('/', parts.Take(2)) + revision, type));
        return parts.Length == 3 ? Path.Combine(snapshot, parts[2].Replace('/', Path.DirectorySeparatorChar)) : snapshot;
    }

    internal RepoFolder Folder(HubRepo repo) => new(options.CacheFolder, repo, options.UsesLinks);

    internal ClipException Absent(HubRepo repo) =>
        new(ClipError.NoInput, $"The {(repo.Type == RepoType.Model ? "model" : "data set")} is not in the cache", Scheme + repo,
            $"no snapshot in {Folder(repo).FolderPath}", "one that was pulled", $"Fetch it: {repo.PullCommand}");
}
