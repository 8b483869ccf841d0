using System.IO.Enumeration;

namespace ClipSharp.Files;

/// <summary>Paths that fit a pattern, as a shell expands it: <c>*</c> and <c>?</c> in any part, <c>**</c> for folders at any
/// depth. Shells of Windows leave that to programs.</summary>
internal static class PathPattern
{
    /// <summary>Whether a text holds what a pattern is made of.</summary>
    public static bool IsPattern(string text) => text.AsSpan().ContainsAny('*', '?');

    /// <summary>The files and folders that fit, in ordinal order; hidden ones only where the pattern begins with a dot
    /// too.</summary>
    /// <param name="pattern">A path, some of whose parts may be patterns.</param>
    public static IReadOnlyList<string> Expand(string pattern)
    {
        if (!IsPattern(pattern))
        {
            return Path.Exists(pattern) ? [pattern] : [];
        }

        var name = Path.GetFileName(pattern);
        var above = Path.GetDirectoryName(pattern) is { Length: > 0 } folder ? Expand(folder) : [""];
        return [.. above.Where(path => path.Length == 0 || Directory.Exists(path)).SelectMany(path => Below(path, name))];
    }

    private static IEnumerable<string> Below(string folder, string name)
    {
        if (name == "**")
        {
            return Entries(folder, "*").Where(IsOwnFolder).SelectMany(below => Below(below, name)).Prepend(folder);
        }

        return IsPattern(name) ? Entries(folder, name)
            : Path.Exists(Path.Combine(folder, name)) ? [Path.Combine(folder, name)]
            : [];
    }

    private static IEnumerable<string> Entries(string folder, string pattern) =>
        Directory.EnumerateFileSystemEntries(folder.Length == 0 ? "." : folder).Select(path => Path.GetFileName(path)!)
            .Where(entry => FileSystemName.MatchesSimpleExpression(pattern, entry, ignoreCase: OperatingSystem.IsWindows()))
            .Where(entry => entry[0] != '.' || pattern[0] == '.')
            .Order(StringComparer.Ordinal).Select(entry => Path.Combine(folder, entry));

    // A linked folder may lead back.
    private static bool IsOwnFolder(string path) =>
        Directory.Exists(path) && !File.GetAttributes(path).HasFlag(FileAttributes.ReparsePoint);
}
