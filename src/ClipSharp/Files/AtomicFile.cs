namespace ClipSharp.Files;

/// <summary>Writes a file so that a reader sees the old one or the whole new one, never a part: written beside, synced,
/// renamed, parent synced.</summary>
public static class AtomicFile
{
    /// <summary>Writes the file; on any failure the old one stays and the part is removed.</summary>
    /// <param name="path">Where the file shall stand; its folder is made when missing.</param>
    /// <param name="write">Writes the content.</param>
    /// <exception cref="ClipException">It cannot be created, or the disk is full or failing.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        var full = Path.GetFullPath(path);
        var folder = Path.GetDirectoryName(full)!;
        var part = $"{full}.{Environment.ProcessId}.tmp";
        try
        {
            Directory.CreateDirectory(folder);
            using (var stream = new FileStream(part, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16))
            {
                write(stream);
                stream.Flush();
                DurableStorage.Sync(stream.SafeFileHandle, part);
            }

            File.Move(part, full, overwrite: true);
            DurableStorage.SyncFolder(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            TryDelete(part);
            var kind = e is UnauthorizedAccessException ? ClipError.CannotCreate : ClipError.InputOutput;
            throw new ClipException(kind, "The file could not be written", full, e.Message, "a writable place with enough room",
                "Free some space or choose another place; what was there before is unchanged.", e);
        }
        catch
        {
            TryDelete(part);
            throw;
        }
    }

    /// <summary>Writes text as UTF-8 without a byte order mark.</summary>
    public static void WriteText(string path, string text) =>
        Write(path, stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(text)));

    private static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (IOException)
        {
            // The part is harmless: no reader takes a *.tmp.
        }
    }
}
