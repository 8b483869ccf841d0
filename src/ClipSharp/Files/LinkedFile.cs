namespace ClipSharp.Files;

/// <summary>Files behind links, as a cache of the hub is full of: a link's own length is that of its target's name.</summary>
internal static class LinkedFile
{
    /// <summary>The file that a path leads to in the end.</summary>
    /// <exception cref="IOException">The links lead in a circle.</exception>
    public static FileInfo Of(string path) =>
        new FileInfo(path) is { LinkTarget: not null } link
            ? (FileInfo)link.ResolveLinkTarget(returnFinalTarget: true)!
            : new FileInfo(path);
}
