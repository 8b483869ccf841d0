using System.Text;

namespace ClipSharp.Files;

/// <summary>Writes a file so that a reader sees the old one or the whole new one, never a part: written beside, synced,
/// renamed, parent synced. A link is followed, so that the file it names is replaced and not the link; a device or pipe, such as
/// <c>/dev/stdout</c> or what mkfifo made, is written to as it is.</summary>
public static class AtomicFile
{
    /// <summary>The ending of what is not finished; nobody reads such files.</summary>
    internal const string PartEnding = ".tmp";

    /// <summary>Writes the file; on any failure the old one stays and the part is removed.</summary>
    /// <param name="path">Where the file shall stand; its folder is made when missing.</param>
    /// <param name="write">Writes the content.</param>
    /// <exception cref="ClipException">It cannot be created (CannotCreate), or the disk is full or failing
    /// (InputOutput).</exception>
    public static void Write(string path, Action<Stream> write)
    {
        ArgumentNullException.ThrowIfNull(write);
        var (kind, outcome) = (ClipError.CannotCreate, "what was there before is unchanged");
        string? part = null;
        try
        {
            var full = Target(Path.GetFullPath(path));
            if (IsDevice(full))
            {
                using var device = new FileStream(full, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
                kind = ClipError.InputOutput;
                write(device);
                return;
            }

            var folder = Path.GetDirectoryName(full) ?? throw new IOException("This is a root folder.");
            DurableStorage.CreateFolder(folder);
            part = PartName(full);
            using (var stream = DurableStorage.Create(part, Options(full)))
            {
                kind = ClipError.InputOutput;
                write(stream);
                DurableStorage.Flush(stream);
                DurableStorage.Sync(stream.SafeFileHandle, part);
            }

            DurableStorage.MoveFile(part, full);
            (part, outcome) = (null, "the new file is there but a power cut may still take it");
            DurableStorage.SyncFolder(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ClipException(kind, "The file could not be written", path, e.Message, "a writable place with enough room",
                $"Free some space or choose another place; {outcome}.", e);
        }
        finally
        {
            TryDelete(part);
        }
    }

    /// <summary>Refuses a place that cannot be written, before the work whose result shall stand there.</summary>
    /// <param name="path">Where the file shall stand; its folder is made when missing.</param>
    /// <exception cref="ClipException">It cannot be created (CannotCreate).</exception>
    public static void RequireWritable(string path)
    {
        string? part = null;
        try
        {
            var full = Target(Path.GetFullPath(path));
            if (IsDevice(full))
            {
                return;
            }

            if (Directory.Exists(full))
            {
                throw new IOException("This is a folder.");
            }

            DurableStorage.CreateFolder(Path.GetDirectoryName(full) ?? throw new IOException("This is a root folder."));
            part = PartName(full);
            DurableStorage.Create(part, Options(full)).Dispose();
            DurableStorage.DeleteFile(part);
            part = null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ClipException(ClipError.CannotCreate, "The file could not be written", path, e.Message, "a writable place",
                "Choose another place; nothing was begun.", e);
        }
        finally
        {
            TryDelete(part);
        }
    }

    /// <summary>Writes text as UTF-8 without a byte order mark.</summary>
    /// <inheritdoc cref="Write"/>
    public static void WriteText(string path, string text) => Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(text)));

    /// <summary>A name beside the target that nobody else uses.</summary>
    internal static string PartName(string full) => $"{full}.{Guid.NewGuid().ToString("N")[..12]}{PartEnding}";

    private static string Target(string full) => IsDevice(full) || new FileInfo(full).LinkTarget is null
        ? full
        : File.ResolveLinkTarget(full, returnFinalTarget: true)!.FullName;

    private static bool IsDevice(string full) => !OperatingSystem.IsWindows()
        && (full.StartsWith("/dev/", StringComparison.Ordinal) || full.StartsWith("/proc/", StringComparison.Ordinal)
            || IsPipe(full))
        && !full.StartsWith("/dev/shm/", StringComparison.Ordinal);

    // Opened for both, a pipe does not wait for its reader.
    private static bool IsPipe(string full)
    {
        var file = new FileInfo(full);
        if (!file.Exists || file.Length > 0)
        {
            return false;
        }

        try
        {
            using var opened = new FileStream(full, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
            return !opened.CanSeek;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false; // whether it can be replaced shows when it is
        }
    }

    // A file that others may not read stays so when it is replaced.
    private static FileStreamOptions Options(string full)
    {
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            Share = FileShare.None,
            BufferSize = 1 << 16,
        };
        if (!OperatingSystem.IsWindows() && File.Exists(full))
        {
            options.UnixCreateMode = File.GetUnixFileMode(full);
        }

        return options;
    }

    private static void TryDelete(string? part)
    {
        try
        {
            if (part is not null)
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
