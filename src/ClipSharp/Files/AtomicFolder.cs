namespace ClipSharp.Files;

/// <summary>Writes a folder of files so that a reader sees all of it or nothing: filled beside, everything synced, renamed,
/// parent synced.</summary>
public static class AtomicFolder
{
    /// <summary>Refuses a folder that exists: for long work, before it begins.</summary>
    /// <exception cref="ClipException">The folder, or a file of that name, exists.</exception>
    public static void RequireAbsent(string path)
    {
        if (Path.Exists(path))
        {
            throw new ClipException(ClipError.CannotCreate, "The folder exists", path, "something of that name", "nothing there",
                "Choose another name or remove it; nothing is overwritten.");
        }
    }

    /// <summary>Writes the folder. It must not exist yet. On any failure nothing is left.</summary>
    /// <param name="path">Where the folder shall stand; its parents are made when missing.</param>
    /// <param name="fill">Fills the folder it is given.</param>
    /// <exception cref="ClipException">The folder exists or cannot be created (CannotCreate), or the disk is full or failing
    /// (InputOutput).</exception>
    public static void Write(string path, Action<string> fill)
    {
        ArgumentNullException.ThrowIfNull(fill);
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        RequireAbsent(full);
        var (kind, outcome) = (ClipError.CannotCreate, "nothing was left behind");
        string? part = null;
        try
        {
            var parent = Path.GetDirectoryName(full) ?? throw new IOException("This is a root folder.");
            DurableStorage.CreateFolder(parent);
            part = AtomicFile.PartName(full);
            DurableStorage.CreatePart(part);
            kind = ClipError.InputOutput;
            fill(part);
            DurableStorage.SyncTree(part);
            DurableStorage.MoveFolder(part, full);
            (part, outcome) = (null, "the folder is there but a power cut may still take it");
            DurableStorage.SyncFolder(parent);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Failed(kind, path, e);
        }
        catch (ClipException e) when (part is not null && e.Where.StartsWith(part, StringComparison.Ordinal)
            && e.InnerException is IOException or UnauthorizedAccessException)
        {
            // A file in it, by the name that it would have had.
            throw Failed(ClipError.InputOutput, path + e.Where[part.Length..], e.InnerException!);
        }
        finally
        {
            TryDelete(part);
        }

        ClipException Failed(ClipError failure, string where, Exception cause) =>
            new(failure, "The folder could not be written", where, cause.Message, "a writable place with enough room",
                $"Free some space or choose another place; {outcome}.", cause);
    }

    /// <summary>Writes the folder in the place of what is there. A kill leaves all of the old one or all of the new one: of the
    /// two renames that change them only the first may be done, and then <see cref="Standing"/> knows the new one.</summary>
    /// <param name="path">Where the folder stands or shall stand.</param>
    /// <param name="fill">Fills the folder it is given.</param>
    /// <exception cref="ClipException">It cannot be written, or the old one not be moved away.</exception>
    internal static void Replace(string path, Action<string> fill)
    {
        FinishReplacing(path); // what a kill or a failure kept from its place
        Write(NextOf(path), fill);
        FinishReplacing(path);
    }

    /// <summary>Does what is left of a replacing that was cut off.</summary>
    /// <param name="path">Where the folder stands.</param>
    /// <exception cref="ClipException">The old one cannot be moved away.</exception>
    internal static void FinishReplacing(string path)
    {
        var next = NextOf(path);
        if (!Directory.Exists(next))
        {
            return;
        }

        try
        {
            var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
            var old = Directory.Exists(full) ? AtomicFile.PartName(full) : null;
            if (old is not null)
            {
                DurableStorage.MoveFolder(full, old);
            }

            DurableStorage.MoveFolder(next, full);
            DurableStorage.SyncFolder(Path.GetDirectoryName(full)!); // before the old one's files go
            TryDelete(old);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ClipException(ClipError.InputOutput, "The folder could not be replaced", path, e.Message,
                "a folder that may be moved", $"Look at who has it open; the new one is {next}.", e);
        }
    }

    /// <summary>Where a folder is that may be replaced: under its name, or still beside it.</summary>
    internal static string Standing(string path) => !Path.Exists(path) && Directory.Exists(NextOf(path)) ? NextOf(path) : path;

    /// <summary>What a folder is called until it takes the place of another.</summary>
    internal static string NextOf(string path) => Path.TrimEndingDirectorySeparator(path) + ".next";

    /// <summary>Whether a path is that of a part which nobody reads: still being written, or left by a killed process.</summary>
    internal static bool IsUnfinished(string path) => path.EndsWith(AtomicFile.PartEnding, StringComparison.Ordinal);

    /// <summary>Removes a folder so that a reader sees all of it or nothing: renamed, then emptied.</summary>
    /// <param name="path">The folder.</param>
    /// <exception cref="ClipException">It cannot be removed.</exception>
    internal static void Remove(string path)
    {
        try
        {
            var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
            var part = AtomicFile.PartName(full);
            DurableStorage.MoveFolder(full, part);
            // before its files go: what comes back after a power cut is whole
            DurableStorage.SyncFolder(Path.GetDirectoryName(full)!);
            DurableStorage.DeleteTree(part);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ClipException(ClipError.InputOutput, "The folder could not be removed", path, e.Message,
                "a folder that may be removed",
                "Look at its permissions, or remove it by hand.", e);
        }
    }

    /// <summary>Removes what a killed process left unfinished in a folder.</summary>
    /// <param name="parent">A folder that nobody else is writing to; it may be absent.</param>
    public static void RemoveUnfinished(string parent)
    {
        if (!Directory.Exists(parent))
        {
            return;
        }

        foreach (var part in Directory.GetFileSystemEntries(parent, "*" + AtomicFile.PartEnding))
        {
            TryDelete(part);
        }
    }

    private static void TryDelete(string? part)
    {
        try
        {
            if (Directory.Exists(part))
            {
                DurableStorage.DeleteTree(part);
            }
            else if (part is not null)
            {
                DurableStorage.DeleteFile(part);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The part is harmless, and the first fault is the one to tell.
        }
    }
}
