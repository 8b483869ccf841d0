using System.IO.Hashing;
using System.Runtime.InteropServices;
using ClipSharp.Files;
using Microsoft.Win32.SafeHandles;

namespace ClipSharp.Torch.Loading;

/// <summary>The corrected copy of TorchSharp's bridge library: in a folder only this user may enter, one copy for each original,
/// named by its hash, which nothing is trusted for; where that folder cannot be written, as in many containers, in
/// memory.</summary>
internal static partial class CorrectedBridge
{
    private const uint CloseOnExecute = 1; // MFD_CLOEXEC
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>The user's folder of copies; null where there is none.</summary>
    public static string? DefaultFolder() =>
        UserCache.Own(Environment.GetEnvironmentVariable) is { } own ? Path.Combine(own, "native") : null;

    /// <summary>Paths from which the copy may be loaded, best first, each made when it is asked for: a folder may also forbid to
    /// execute what is in it. Never the common temporary folder, where others could prepare what is found.</summary>
    /// <param name="original">The library as delivered.</param>
    /// <param name="folder">Where a copy may be kept; null = nowhere.</param>
    /// <exception cref="ClipException">The original is not what the correction knows.</exception>
    public static IEnumerable<string> Copies(string original, string? folder)
    {
        var bytes = File.ReadAllBytes(original);
        var corrected = BridgeCorrection.Correct(bytes, original);
        var hash = Convert.ToHexStringLower(XxHash128.Hash(bytes));
        if (folder is not null && TryKeep(folder, Path.Combine(folder, hash, Path.GetFileName(original)), corrected) is { } path)
        {
            yield return path;
        }

        if (InMemory(Path.GetFileName(original), corrected) is { } memory)
        {
            yield return memory;
        }
    }

    private static string? TryKeep(string folder, string path, byte[] corrected)
    {
        try
        {
            MakePrivate(folder);
            MakePrivate(Path.GetDirectoryName(path)!);

            // Compared whole instead of trusted: code is about to be loaded from it.
            if (!File.Exists(path) || !File.ReadAllBytes(path).AsSpan().SequenceEqual(corrected))
            {
                AtomicFile.Write(path, stream => stream.Write(corrected));
            }

            return path;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ClipException)
        {
            return null;
        }
    }

    private static void MakePrivate(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder);
        }
        else
        {
            Directory.CreateDirectory(folder, Private);
            if (File.GetUnixFileMode(folder) != Private)
            {
                File.SetUnixFileMode(folder, Private); // fails on somebody else's folder
            }
        }
    }

    // A file without a name. It stays open as long as the process: doctor tells its path.
    private static string? InMemory(string name, byte[] corrected)
    {
        if (!OperatingSystem.IsLinux())
        {
            return null;
        }

        try
        {
            var descriptor = memfd_create(name, CloseOnExecute);
            if (descriptor < 0)
            {
                return null;
            }

            RandomAccess.Write(new SafeFileHandle(descriptor, ownsHandle: false), corrected, 0);
            return $"/proc/self/fd/{descriptor}";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or EntryPointNotFoundException)
        {
            return null;
        }
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int memfd_create(string name, uint flags);
}
