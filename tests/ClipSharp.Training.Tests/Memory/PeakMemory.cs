using System.Globalization;
using System.Runtime.InteropServices;

namespace ClipSharp.Training.Tests.Memory;

/// <summary>The most memory that an action has resident, to the page. Linux forgets its high-water mark on request, and with a low threshold
/// glibc maps every tensor by itself and gives it back when it is freed, so nothing of former work is counted.</summary>
internal static partial class PeakMemory
{
    private const int TrimThreshold = -1;  // M_TRIM_THRESHOLD
    private const int MmapThreshold = -3;  // M_MMAP_THRESHOLD
    private const int MmapMost = -4;       // M_MMAP_MAX

    /// <summary>Bytes that <paramref name="action"/> had at most beyond what there was before, the second time it runs: the first time libtorch
    /// and the runtime make their code. Skips where the system does not tell.</summary>
    public static long Of(Action action)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && IsGlibc() && CanForget(), "Only Linux with glibc and /proc/self/clear_refs tells the peak.");
        action();
        GC.Collect();
        GC.WaitForPendingFinalizers();
        _ = malloc_trim(0);
        var before = Status("VmRSS:");
        File.WriteAllText("/proc/self/clear_refs", "5");
        action();
        return Status("VmHWM:") - before;
    }

    private static bool IsGlibc()
    {
        try
        {
            return mallopt(MmapThreshold, 64 << 10) == 1 && mallopt(TrimThreshold, 64 << 10) == 1 && mallopt(MmapMost, 1 << 20) == 1;
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
            File.WriteAllText("/proc/self/clear_refs", "5");
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static long Status(string name) =>
        long.Parse(
            File.ReadLines("/proc/self/status").First(line => line.StartsWith(name, StringComparison.Ordinal))[name.Length..].Replace("kB", "", StringComparison.Ordinal),
            NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture) * 1024;

#pragma warning disable SYSLIB1054, CA5392, CA2101
    [DllImport("libc.so.6")]
    private static extern int mallopt(int parameter, int value);

    [DllImport("libc.so.6")]
    private static extern int malloc_trim(nuint pad);
#pragma warning restore SYSLIB1054, CA5392, CA2101
}
