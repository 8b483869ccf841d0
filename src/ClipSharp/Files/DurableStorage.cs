using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ClipSharp.Files;

/// <summary>The operations of which durable writes are made, each announced before it happens. fsync is libc's: .NET's own (10.0)
/// never reports a failure on Linux. macOS' fsync leaves bytes in the drive's own memory, and F_FULLFSYNC does not; it was not
/// tried there.</summary>
internal static partial class DurableStorage
{
    private const int InvalidArgument = 22; // EINVAL: this file system cannot sync folders
    private const int FullSync = 51; // F_FULLFSYNC of macOS

    // O_RDONLY | O_DIRECTORY | O_CLOEXEC
    private static readonly int OpenFolder = OperatingSystem.IsMacOS() ? 0x100000 | 0x1000000 : 0x10000 | 0x80000;

    /// <summary>Sees every operation of the current flow of work before it happens, and may throw in its place: how a failing or
    /// dying disk is tried. Null outside such trials.</summary>
    public static AsyncLocal<Action<StorageOperation>?> Watch { get; } = new();

    /// <summary>Makes a new file, or opens one that grows.</summary>
    public static FileStream Create(string path, FileStreamOptions options)
    {
        Announce(new StorageOperation(StorageAction.Create, path));
        return Watch.Value is null ? new FileStream(path, options) : new WatchedFile(path, options);
    }

    /// <summary>Hands what a stream still holds to the system.</summary>
    public static void Flush(FileStream stream)
    {
        Announce(new StorageOperation(StorageAction.Write, stream.Name));
        stream.Flush();
    }

    /// <summary>Gives a file another name, replacing what has it.</summary>
    public static void MoveFile(string from, string to)
    {
        Announce(new StorageOperation(StorageAction.Move, from, to));
        File.Move(from, to, overwrite: true);
    }

    /// <summary>Gives a folder another name, which must be free.</summary>
    public static void MoveFolder(string from, string to)
    {
        Announce(new StorageOperation(StorageAction.Move, from, to));
        Directory.Move(from, to);
    }

    /// <summary>Removes a file.</summary>
    public static void DeleteFile(string path)
    {
        Announce(new StorageOperation(StorageAction.Delete, path));
        File.Delete(path);
    }

    /// <summary>Removes a folder and what is in it; a link in it, not what it names.</summary>
    public static void DeleteTree(string folder)
    {
        foreach (var entry in new DirectoryInfo(folder).EnumerateFileSystemInfos())
        {
            if (entry is DirectoryInfo { LinkTarget: null })
            {
                DeleteTree(entry.FullName);
            }
            else
            {
                Announce(new StorageOperation(StorageAction.Delete, entry.FullName));
                entry.Delete();
            }
        }

        Announce(new StorageOperation(StorageAction.Delete, folder));
        Directory.Delete(folder);
    }

    /// <summary>Forces a file's bytes to the disk.</summary>
    public static void Sync(SafeFileHandle file, string path)
    {
        Announce(new StorageOperation(StorageAction.Sync, path));
        if (OperatingSystem.IsLinux() || OperatingSystem.IsMacOS())
        {
            if (SyncToDisk((int)file.DangerousGetHandle()) is not 0 and var error)
            {
                throw new IOException($"fsync failed: {Marshal.GetPInvokeErrorMessage(error)}");
            }

            return;
        }

#pragma warning disable RS0030 // Windows reports failures here.
        RandomAccess.FlushToDisk(file);
#pragma warning restore RS0030
    }

    /// <summary>Makes a folder and its parents, durably.</summary>
    public static void CreateFolder(string folder)
    {
        if (Directory.Exists(folder))
        {
            return;
        }

        if (Path.GetDirectoryName(folder) is { } parent)
        {
            CreateFolder(parent);
            CreatePart(folder);
            SyncFolder(parent);
        }
    }

    /// <summary>Makes a folder that need not last.</summary>
    public static void CreatePart(string folder)
    {
        Announce(new StorageOperation(StorageAction.CreateFolder, folder));
        Directory.CreateDirectory(folder);
    }

    /// <summary>Forces a folder, its files and its folders to the disk.</summary>
    public static void SyncTree(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            return; // a handle for reading cannot be flushed there; the files were when they were written
        }

        foreach (var file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
        {
            using var handle = File.OpenHandle(file);
            Sync(handle, file);
        }

        foreach (var inner in Directory.EnumerateDirectories(folder, "*", SearchOption.AllDirectories))
        {
            SyncFolder(inner);
        }

        SyncFolder(folder);
    }

    /// <summary>Forces a folder's entries to the disk; Windows has no such call and needs none for renames.</summary>
    public static void SyncFolder(string folder)
    {
        Announce(new StorageOperation(StorageAction.SyncFolder, folder));
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        var descriptor = open(folder, OpenFolder);
        if (descriptor < 0)
        {
            throw new IOException($"the folder could not be opened: {Marshal.GetLastPInvokeErrorMessage()}");
        }

        var error = SyncToDisk(descriptor);
        _ = close(descriptor);
        if (error is not (0 or InvalidArgument))
        {
            throw new IOException($"fsync of the folder failed: {Marshal.GetPInvokeErrorMessage(error)}");
        }
    }

    // 0, or the error. Drives and file systems that macOS cannot ask for the whole way have fsync all the same.
    private static int SyncToDisk(int descriptor) =>
        (OperatingSystem.IsMacOS() && fcntl(descriptor, FullSync) == 0) || fsync(descriptor) == 0
            ? 0
            : Marshal.GetLastPInvokeError();

    private static void Announce(StorageOperation operation) => Watch.Value?.Invoke(operation);

    /// <summary>Announces what is written before the last flush too: a disk is full there.</summary>
    private sealed class WatchedFile(string path, FileStreamOptions options) : FileStream(path, options)
    {
        // Every other way to write of a derived stream ends here.
        public override void Write(byte[] buffer, int offset, int count)
        {
            Announce(new StorageOperation(StorageAction.Write, Name));
            base.Write(buffer, offset, count);
        }
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fsync(int descriptor);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fcntl(int descriptor, int command);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int close(int descriptor);
}
