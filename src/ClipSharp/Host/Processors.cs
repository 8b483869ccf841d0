using System.Globalization;
using System.Runtime.InteropServices;

namespace ClipSharp.Host;

/// <summary>The processors of the machine and how many of them this process may use; both engines take their threads from
/// here.</summary>
internal static partial class Processors
{
    private const ushort AllGroups = 0xFFFF;

    /// <summary>What the machine has.</summary>
    public static int Seen { get; } = Math.Max(Allowed, Count());

    /// <summary>What an affinity and a container's quota leave, rounded up to whole ones.</summary>
    public static int Allowed => Environment.ProcessorCount;

    /// <summary>Threads of one computation: <c>OMP_NUM_THREADS</c> where the user set it, else as many as allowed.</summary>
    public static int Threads => ThreadsBy(Environment.GetEnvironmentVariable("OMP_NUM_THREADS"));

    // The standard of OpenMP: a list has one number for each level of nesting.
    internal static int ThreadsBy(string? named) =>
        int.TryParse(named?.Split(',')[0], NumberStyles.Integer, CultureInfo.InvariantCulture, out var threads) && threads > 0
            ? threads
            : Allowed;

    private static int Count()
    {
        if (OperatingSystem.IsWindows())
        {
            return GetActiveProcessorCount(AllGroups);
        }

        const string Linux = "/proc/cpuinfo";
        return File.Exists(Linux)
            ? File.ReadLines(Linux).Count(line => line.StartsWith("processor", StringComparison.Ordinal))
            : 0;
    }

    [LibraryImport("kernel32")]
    private static partial int GetActiveProcessorCount(ushort group);
}
