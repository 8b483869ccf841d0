using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ClipSharp.Files;

/// <summary>fsync that reports its failure. .NET's own (10.0) never does on Linux, so libc is called.</summary>
internal static partial class DurableStorage
{
    private const int InvalidArgument = 22; // EINVAL: this file system cannot sync folders
    private const int OpenFolder = 0x10000 | 0x80000; // O_RDONLY | O_DIRECTORY | O_CLOEXEC on Linux

    /// <summary>Forces a file's bytes to the disk.</summary>
    public static void Sync(SafeFileHandle file, string path)
    {
        if (OperatingSystem.IsLinux() || OperatingSystem.IsMacOS())
        {
            if (fsync((int)file.DangerousGetHandle()) != 0)
            {
                throw new IOException($"fsync of {path} failed: {Marshal.GetLastPInvokeErrorMessage()}");
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
            Directory.CreateDirectory(folder);
            SyncFolder(parent);
        }
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
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        var descriptor = open(folder, OpenFolder);
        if (descriptor < 0)
        {
            throw new IOException($"The folder {folder} could not be opened: {Marshal.GetLastPInvokeErrorMessage()}");
        }

        var error = fsync(descriptor) == 0 ? 0 : Marshal.GetLastPInvokeError();
        _ = close(descriptor);
        if (error is not (0 or InvalidArgument))
        {
            throw new IOException($"fsync of the folder {folder} failed: {Marshal.GetPInvokeErrorMessage(error)}");
        }
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fsync(int descriptor);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int close(int descriptor);
}
