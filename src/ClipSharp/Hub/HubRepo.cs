using System.Buffers;
using ClipSharp.Hub.Cache;

namespace ClipSharp.Hub;

/// <summary>A repository of the hub at a revision, as <c>org/name@revision</c>.</summary>
public sealed record HubRepo
{
    internal const string MainRevision = "main";
    private const int MaxNameLength = 96; // huggingface_hub, utils/_validators.py
    private const int CommitLength = 40;

    private static readonly SearchValues<char> NameCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.");

    private HubRepo(RepoType type, string id, string revision) => (Type, Id, Revision) = (type, id, revision);

    /// <summary>Model or data set.</summary>
    public RepoType Type { get; }

    /// <summary><c>org/name</c>, or <c>name</c> alone as some old models are called.</summary>
    public string Id { get; }

    /// <summary>A branch, a tag, a reference such as <c>refs/pr/1</c>, or a commit of 40 hexadecimal digits.</summary>
    public string Revision { get; }

    /// <summary>The last part of the id.</summary>
    public string Name => Id[(Id.IndexOf('/') + 1)..];

    /// <summary>Its folder in a cache: <c>models--org--name</c>.</summary>
    internal string FolderName => $"{TypeName}s--{Id.Replace("/", "--", StringComparison.Ordinal)}";

    /// <summary>The word of addresses and options.</summary>
    internal string TypeName => Type == RepoType.Model ? "model" : "dataset";

    /// <summary>What to type to get it.</summary>
    internal string PullCommand => $"clipsharp pull {this}" + (Type == RepoType.Dataset ? " --repo-type dataset" : "");

    /// <summary>Reads <c>org/name</c> or <c>org/name@revision</c>, also as <c>hf-hub:org/name</c> or as the address of a page of
    /// the hub, whose branch is the revision; an address of a data set means one, whatever the type.</summary>
    /// <exception cref="ClipException">It is no such name.</exception>
    public static HubRepo Parse(string text, RepoType type = RepoType.Model)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is "http" or "https")
        {
            return OfAddress(address, type);
        }

        if (HubCache.IsHubName(text))
        {
            return Parse(text[HubCache.Scheme.Length..], type);
        }

        var at = text.IndexOf('@', StringComparison.Ordinal);
        var (id, revision) = at < 0 ? (text, MainRevision) : (text[..at], text[(at + 1)..]);
        var names = id.Split('/');
        if (names.Length > 2 || !names.All(IsName))
        {
            throw Bad(text, $"\"{id}\"", "org/name of letters, digits, '-', '_' and '.'");
        }

        return HubPath.FaultOf(revision) is { } fault
            ? throw Bad(text, $"a revision with {fault}", "a branch, a tag or a commit after the @")
            : new HubRepo(type, id, revision);
    }

    /// <summary>The repository whose snapshot in a cache a path names, at its commit; null for any other path.</summary>
    /// <param name="path">A path that ends in <c>models--org--name/snapshots/commit</c>.</param>
    public static HubRepo? OfSnapshot(string path)
    {
        var parts = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path))
            .Split(Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar);
        if (parts is not [.., var folder, "snapshots", var commit] || !IsCommit(commit)
            || folder.Split("--") is not ["models" or "datasets", .. { Length: 1 or 2 } names] || !names.All(IsName))
        {
            return null;
        }

        var type = folder.StartsWith("models", StringComparison.Ordinal) ? RepoType.Model : RepoType.Dataset;
        return new HubRepo(type, string.Join('/', names), commit);
    }

    /// <inheritdoc/>
    public override string ToString() => Revision == MainRevision ? Id : $"{Id}@{Revision}";

    internal static bool IsCommit(string revision) => revision.Length == CommitLength && revision.All(char.IsAsciiHexDigitLower);

    // https://host/org/name/tree/branch/folder: what follows the branch is a place in it.
    private static HubRepo OfAddress(Uri address, RepoType type)
    {
        string[] parts = [.. address.AbsolutePath.Split('/', StringSplitOptions.RemoveEmptyEntries)
            .Select(Uri.UnescapeDataString)];
        var isDataset = parts is ["datasets", ..];
        parts = isDataset ? parts[1..] : parts;
        if (parts is not [var org, var name, .. var rest] || org is "spaces" or "docs" or "models")
        {
            throw Bad(address.OriginalString, "no model's or data set's address", "https://huggingface.co/org/name");
        }

        var revision = rest is ["tree" or "blob" or "resolve", var branch, ..] ? branch : MainRevision;
        return Parse($"{org}/{name}@{revision}", isDataset ? RepoType.Dataset : type);
    }

    private static bool IsName(string name) => name.Length is > 0 and <= MaxNameLength
        && !name.AsSpan().ContainsAnyExcept(NameCharacters)
        && name[0] is not ('-' or '.') && name[^1] is not ('-' or '.')
        && !name.Contains("--", StringComparison.Ordinal) && !name.Contains("..", StringComparison.Ordinal)
        && !name.EndsWith(".git", StringComparison.Ordinal);

    private static ClipException Bad(string text, string found, string expected) =>
        new(ClipError.Usage, "Not a repository of the hub", text, found, expected, "Write it as the hub's page does: org/name.");
}
