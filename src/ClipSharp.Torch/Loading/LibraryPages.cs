using System.Globalization;
using System.Runtime.InteropServices;

namespace ClipSharp.Torch.Loading;

/// <summary>The pages of a library's program that are in memory. libtorch's start runs through 42 MB of its program to register
/// its operators, and hardly any of it runs again.</summary>
internal static partial class LibraryPages
{
    private const int DontNeed = 4; // MADV_DONTNEED

    /// <summary>Lets go of them: what runs again comes back from the file, page by page. Only the program, which nobody writes
    /// into; on Linux only, and nothing happens where the system refuses.</summary>
    /// <param name="path">The library; known by its bare name, since the system may call its folder otherwise.</param>
    public static void Release(string path)
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        try
        {
            foreach (var line in File.ReadLines("/proc/self/maps"))
            {
                // address-address permissions offset device inode path
                var fields = line.Split(' ', 6, StringSplitOptions.RemoveEmptyEntries);
                if (fields is [var range, ['r', '-', 'x', ..], _, _, _, var file]
                    && Path.GetFileName(file) == Path.GetFileName(path))
                {
                    var ends = range.Split('-')
                        .Select(end => nuint.Parse(end, NumberStyles.HexNumber, CultureInfo.InvariantCulture)).ToArray();
                    _ = madvise(ends[0], ends[1] - ends[0], DontNeed);
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // No /proc here: they stay.
        }
    }

    [LibraryImport("libc")]
    private static partial int madvise(nuint start, nuint length, int advice);
}
