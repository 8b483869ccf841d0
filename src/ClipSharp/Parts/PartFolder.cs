using ClipSharp.Files;

namespace ClipSharp.Parts;

/// <summary>A folder in which the parts of a job leave what they made until it is merged, each under its own name:
/// <c>2-of-8</c>.</summary>
/// <param name="path">The folder; it need not be there.</param>
internal sealed class PartFolder(string path)
{
    /// <summary>The folder.</summary>
    public string Path { get; } = path;

    /// <summary>Whether a part left something.</summary>
    public bool IsThere => Directory.Exists(Path);

    /// <summary>The parts that began, in order.</summary>
    public IReadOnlyList<WorkPart> Parts => !IsThere ? [] : [.. Directory.EnumerateFileSystemEntries(Path)
        .Select(entry => WorkPart.OfFileName(System.IO.Path.GetFileName(entry))).OfType<WorkPart>()
        .OrderBy(part => part.Count).ThenBy(part => part.Number)];

    /// <summary>Where a part's things lie.</summary>
    public string Of(WorkPart part) => System.IO.Path.Combine(Path, part.FileName);

    /// <summary>Keeps a part to one process, until disposed: the same one twice would do the same work twice.</summary>
    /// <exception cref="ClipException">Another process makes it, it cannot be written, or others divide the job another
    /// way.</exception>
    public FileStream Hold(WorkPart part)
    {
        if (Parts.FirstOrDefault(other => other.Count != part.Count) is { } other)
        {
            throw new ClipException(ClipError.CannotCreate, "The work was divided another way", Path, $"part {other}",
                $"parts of {part.Count}", "Use the same number of parts, or remove this folder to begin again.");
        }

        try
        {
            DurableStorage.CreateFolder(System.IO.Path.GetFullPath(Path));
            return new FileStream(Of(part) + ".lock", FileMode.OpenOrCreate, FileAccess.Write, FileShare.None);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ClipException(ClipError.CannotCreate, "The part cannot be made", Of(part), e.Message,
                "a writable folder, and no other process that makes this part", "Wait for the other process.", e);
        }
    }

    /// <summary>All parts of the job.</summary>
    /// <param name="isWhole">Whether a part that began is done.</param>
    /// <exception cref="ClipException">Some are missing, or the job was divided in several ways.</exception>
    public IReadOnlyList<WorkPart> RequireAll(Func<WorkPart, bool> isWhole)
    {
        var parts = Parts;
        if (parts.Count == 0)
        {
            throw new ClipException(ClipError.NoInput, "There are no parts", Path, "nothing", "what --part i/n makes",
                "Run the same line with --part 1/n to n/n first.");
        }

        var count = parts[0].Count;
        if (parts[^1].Count != count)
        {
            throw new ClipException(ClipError.Data, "The work was divided in several ways", Path,
                $"parts {parts[0]} and {parts[^1]}", "parts of one number", "Remove those that do not belong.");
        }

        RequireNone([.. Enumerable.Range(1, count).Select(number => new WorkPart(number, count))
            .Where(part => !parts.Contains(part) || !isWhole(part))], count);
        return parts;
    }

    /// <summary>Refuses when parts are missing.</summary>
    public void RequireNone(IReadOnlyList<WorkPart> missing, int count)
    {
        if (missing.Count > 0)
        {
            throw new ClipException(ClipError.NoInput, "Parts are missing or not finished", Path,
                $"not {string.Join(", ", missing)}", $"all {count}", "Run the same line with each of them, then merge again.");
        }
    }

    /// <summary>Takes all parts away.</summary>
    public void Remove()
    {
        if (IsThere)
        {
            AtomicFolder.Remove(Path);
        }
    }
}
