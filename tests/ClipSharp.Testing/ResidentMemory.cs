using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ClipSharp.Testing;

/// <summary>What this process has resident, to the page, and the most it had. Linux forgets its high-water mark on request. With
/// a low threshold glibc maps every tensor by itself and gives it back when it is freed, but only where no hole of former work
/// has room for it: such a hole stays resident once it was used. So holes are filled before anything is measured.</summary>
public static class ResidentMemory
{
    private const int TrimThreshold = -1;  // M_TRIM_THRESHOLD
    private const int MmapThreshold = -3;  // M_MMAP_THRESHOLD
    private const int MmapMost = -4;       // M_MMAP_MAX
    private const int Mapped = 64 << 10;   // bytes from which a block is mapped by itself

    /// <summary>Whether this system tells. Sets how blocks are mapped.</summary>
    public static bool IsTold { get; } = OperatingSystem.IsLinux() && IsGlibc() && CanForget();

    /// <summary>Bytes that are resident.</summary>
    public static long Now => Status("VmRSS:");

    /// <summary>The most that were, since <see cref="ForgetPeak"/>.</summary>
    public static long Peak => Status("VmHWM:");

    /// <summary>Begins the peak anew.</summary>
    public static void ForgetPeak() => File.WriteAllText("/proc/self/clear_refs", "5");

    /// <summary>Gives back what is free and fills the holes of this thread's heap: with blocks just too small to be mapped, to
    /// which nobody writes, until the heap would have to grow for one more.</summary>
    /// <returns>The blocks, for <see cref="Free"/>.</returns>
    public static IReadOnlyList<nint> Settle()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        _ = malloc_trim(0);
        var blocks = new List<nint>();
        var heap = mallinfo2().Heap;
        while (mallinfo2().Heap == heap)
        {
            blocks.Add(malloc(Mapped - 4096));
        }

        return blocks;
    }

    /// <summary>Frees what <see cref="Settle"/> made.</summary>
    public static void Free(IReadOnlyList<nint> blocks)
    {
        foreach (var block in blocks)
        {
            free(block);
        }
    }

    private static bool IsGlibc()
    {
        try
        {
            _ = mallinfo2();
            return mallopt(MmapThreshold, Mapped) == 1 && mallopt(TrimThreshold, Mapped) == 1 && mallopt(MmapMost, 1 << 20) == 1;
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            return false;
        }
    }

    private static bool CanForget()
    {
        try
        {
            ForgetPeak();
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static long Status(string name) =>
        long.Parse(
            File.ReadLines("/proc/self/status").First(line => line.StartsWith(name, StringComparison.Ordinal))[name.Length..]
            .Replace("kB", "", StringComparison.Ordinal),
            NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture) * 1024;

#pragma warning disable SYSLIB1054, CA5392, CA2101
    [DllImport("libc.so.6")]
    private static extern int mallopt(int parameter, int value);

    [DllImport("libc.so.6")]
    private static extern int malloc_trim(nuint pad);

    [DllImport("libc.so.6")]
    private static extern MallocInfo mallinfo2();

    [DllImport("libc.so.6")]
    private static extern nint malloc(nuint bytes);

    [DllImport("libc.so.6")]
    private static extern void free(nint block);
#pragma warning restore SYSLIB1054, CA5392, CA2101

    // struct mallinfo2: ten numbers, the first of which is the size of all heaps.
    [InlineArray(10)]
    private struct MallocInfo
    {
        private nuint _heap;

        public readonly nuint Heap => _heap;
    }
}
