using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ClipSharp.Files;

/// <summary>fsync that reports its failure. .NET's own (10.0) never does on Linux, so libc is called.</summary>
internal static partial class DurableStorage
{
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

        var result = fsync(descriptor);
        var message = Marshal.GetLastPInvokeErrorMessage();
        _ = close(descriptor);
        if (result != 0)
        {
            throw new IOException($"fsync of the folder {folder} failed: {message}");
        }
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fsync(int descriptor);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int close(int descriptor);
}
