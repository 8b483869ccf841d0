using System.Globalization;
using System.Runtime.InteropServices;

namespace ClipSharp.Host;

/// <summary>Asks Linux to back the heap of glibc by pages of 2 MiB instead of 4 KiB. On a virtual machine each new page costs
/// microseconds: a model of 600 MB took two seconds to read, nearly all of it for 150,000 of them.</summary>
internal static partial class HugePages
{
    private const int Advice = 14; // MADV_HUGEPAGE
    private const int Blocks = 3;
    private const nuint Largest = (256 << 20) - (1 << 20);

    /// <summary>Lets the heap grow by addresses, of which nothing is memory until it is used, and asks for those. Blocks of
    /// <see cref="Largest"/> must come from the heap and stay there when they are freed. What the heap grows by later has small
    /// pages.</summary>
    public static unsafe void AskForHeap()
    {
        var blocks = stackalloc void*[Blocks];
        for (var i = 0; i < Blocks; i++)
        {
            blocks[i] = malloc(Largest);
        }

        try
        {
            foreach (var line in File.ReadLines("/proc/self/maps"))
            {
                if (line.EndsWith("[heap]", StringComparison.Ordinal))
                {
                    var ends = line.Split(' ', 2)[0].Split('-')
                        .Select(end => nuint.Parse(end, NumberStyles.HexNumber, CultureInfo.InvariantCulture)).ToArray();
                    _ = madvise(ends[0], ends[1] - ends[0], Advice); // a system without such pages refuses
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // No /proc here: pages stay small.
        }

        for (var i = 0; i < Blocks; i++)
        {
            free(blocks[i]);
        }
    }

    [LibraryImport("libc")]
    private static unsafe partial void* malloc(nuint size);

    [LibraryImport("libc")]
    private static unsafe partial void free(void* block);

    [LibraryImport("libc")]
    private static partial int madvise(nuint start, nuint length, int advice);
}
