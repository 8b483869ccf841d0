using System.Text.RegularExpressions;
using ClipSharp.Data.Shards.Stores;

namespace ClipSharp.Data.Shards;

/// <summary>A shard's place as text: a path, an address, or a command.</summary>
internal static partial class ShardPlace
{
    private static readonly string[] Packings = [".gz", ".zst", ".zstd"];

    /// <summary>Whether a place is no path: an address such as <c>https://host/0.tar</c>, or <c>pipe:COMMAND</c>.</summary>
    public static bool IsRemote(string place) =>
        place.StartsWith(PipeStore.Prefix, StringComparison.Ordinal) || Scheme().IsMatch(place);

    /// <summary>A path from the root of the disk on; what is no path as it is shown.</summary>
    public static string Full(string place) => IsRemote(place) ? Shown(place) : Path.GetFullPath(place);

    /// <summary>How a place is shown in messages and files: an address without user, password and query, a command by its first
    /// word and the shard's name. The rest may be secret.</summary>
    public static string Shown(string place)
    {
        if (place.StartsWith(PipeStore.Prefix, StringComparison.Ordinal))
        {
            var program = place[PipeStore.Prefix.Length..].TrimStart().Split(' ', 2)[0];
            return $"{PipeStore.Prefix}{program} ... {Name(place)}";
        }

        return IsRemote(place) ? Secrets().Replace(place, "$1") : place;
    }

    /// <summary>Its short name, which enters the fingerprint of data: that of the plain tar, however it is packed and wherever
    /// it lies.</summary>
    public static string Name(string place)
    {
        var name = place.StartsWith(PipeStore.Prefix, StringComparison.Ordinal)
            ? TarInCommand().Matches(place) is { Count: > 0 } tars ? tars[^1].Groups[1].Value : place[PipeStore.Prefix.Length..]
            : Path.GetFileName(IsRemote(place) ? Uri.UnescapeDataString(Secrets().Replace(place, "$1")) : place);
        if (name.EndsWith(".tgz", StringComparison.OrdinalIgnoreCase))
        {
            return name[..^4] + ".tar";
        }

        var packing = Array.Find(Packings, ending => name.EndsWith(".tar" + ending, StringComparison.OrdinalIgnoreCase));
        return packing is null ? name : name[..^packing.Length];
    }

    // Two letters at least: C:// is a drive.
    [GeneratedRegex(@"^[a-zA-Z][a-zA-Z0-9+.-]+://")]
    private static partial Regex Scheme();

    // What is kept is the scheme; user and password end at the last @ before the path, the query begins at ?.
    [GeneratedRegex(@"(?<=^[a-zA-Z0-9+.-]+://)()[^/?#]*@|()[?#].*$", RegexOptions.Singleline)]
    private static partial Regex Secrets();

    [GeneratedRegex(@"([^\s/'""=]+\.(?:tar\.gz|tar\.zstd?|tgz|tar))(?=$|[\s'""?|;&)])")]
    private static partial Regex TarInCommand();
}
