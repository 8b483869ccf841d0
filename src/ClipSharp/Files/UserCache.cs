namespace ClipSharp.Files;

/// <summary>Where a user's caches are.</summary>
internal static class UserCache
{
    /// <summary>The folder of all caches: <c>XDG_CACHE_HOME</c> or <c>~/.cache</c>, on Windows the local application data. Null
    /// where the user has no home, as in many containers: a relative path would write into whatever folder is current.</summary>
    public static string? Folder(Func<string, string?> environment)
    {
        if (OperatingSystem.IsWindows())
        {
            return Rooted(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData));
        }

        // The XDG specification ignores relative paths.
        return Rooted(environment("XDG_CACHE_HOME"))
            ?? (Rooted(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile)) is { } home
                ? Path.Combine(home, ".cache")
                : null);
    }

    /// <summary>ClipSharp's own part: <c>CLIPSHARP_CACHE</c>, else <c>clipsharp</c> in <see cref="Folder"/>.</summary>
    public static string? Own(Func<string, string?> environment) =>
        environment("CLIPSHARP_CACHE") is { Length: > 0 } named ? named
        : Folder(environment) is { } caches ? Path.Combine(caches, "clipsharp")
        : null;

    private static string? Rooted(string? path) => Path.IsPathFullyQualified(path ?? "") ? path : null;
}
