namespace ClipSharp.Files;

/// <summary>Writes a folder of files so that a reader sees all of it or nothing: filled beside, each file synced, renamed,
/// parent synced.</summary>
public static class AtomicFolder
{
    /// <summary>Refuses a folder that exists: for long work, before it begins.</summary>
    /// <exception cref="ClipException">The folder exists.</exception>
    public static void RequireAbsent(string path)
    {
        if (Directory.Exists(path))
        {
            throw new ClipException(ClipError.CannotCreate, "The folder exists", path, "a folder of that name", "none",
                "Choose another name or remove it; nothing is overwritten.");
        }
    }

    /// <summary>Writes the folder. It must not exist yet.</summary>
    /// <param name="path">Where the folder shall stand.</param>
    /// <param name="fill">Fills the folder it is given, with <see cref="AtomicFile"/>.</param>
    /// <exception cref="ClipException">The folder exists, or it cannot be written.</exception>
    public static void Write(string path, Action<string> fill)
    {
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        RequireAbsent(full);
        var part = full + ".tmp";
        try
        {
            if (Directory.Exists(part))
            {
                Directory.Delete(part, recursive: true);
            }

            Directory.CreateDirectory(part);
            fill(part);
            DurableStorage.SyncFolder(part);
            Directory.Move(part, full);
            DurableStorage.SyncFolder(Path.GetDirectoryName(full)!);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ClipException(ClipError.InputOutput, "The folder could not be written", full, e.Message,
                "a writable place with enough room", "Free some space or choose another place; older folders are unchanged.", e);
        }
    }
}
