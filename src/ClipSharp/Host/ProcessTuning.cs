using System.Globalization;
using System.Runtime.InteropServices;

namespace ClipSharp.Host;

/// <summary>Settings of the whole process that native code reads once. No other member of ClipSharp changes them: the process is
/// the application's.</summary>
public static partial class ProcessTuning
{
    /// <summary>Set to 1, freed tensors go back to the system at once: a small training loop held 240 MB instead of 540. But
    /// every large tensor is paged in anew, which makes elementwise operations on 20 MB several times as slow; so it is not the
    /// default.</summary>
    private const string ReturnMemory = "CLIPSHARP_RETURN_MEMORY";

    // Open MPI's, MPICH's, torchrun's: how many processes the launcher has started here.
    private static readonly string[] LocalSizes = ["OMPI_COMM_WORLD_LOCAL_SIZE", "MPI_LOCALNRANKS", "LOCAL_WORLD_SIZE"];

    private const int TrimThreshold = -1; // M_TRIM_THRESHOLD
    private const int MapThreshold = -3;  // M_MMAP_THRESHOLD

    // Read before Apply sets its own.
    private static readonly bool UserSetsWaiting = Environment.GetEnvironmentVariable("OMP_WAIT_POLICY") is not null;

    /// <summary>Tunes the process for libtorch, as the command line does. Call it first, before any type of ClipSharp.Torch is
    /// touched. The threads of OpenMP sleep while they wait (on busy cores spinning ones take 3 to 9 times as long), and on Linux
    /// with glibc freed tensors are kept for the next step, or with <c>CLIPSHARP_RETURN_MEMORY=1</c> given back at once. What the
    /// user has set by
    /// <c>OMP_WAIT_POLICY</c>, <c>OMP_NUM_THREADS</c> or glibc's variables for malloc stays. Processes that a launcher of MPI has
    /// started here without binding them share the processors.</summary>
    public static void Apply()
    {
        if (!UserSetsWaiting)
        {
            NativeEnvironment.SetDefault("OMP_WAIT_POLICY", "PASSIVE");
        }

        if (ThreadsOfShare(Environment.GetEnvironmentVariable) is { } threads)
        {
            NativeEnvironment.SetDefault("OMP_NUM_THREADS", threads.ToString(CultureInfo.InvariantCulture));
        }

        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        if (Environment.GetEnvironmentVariable(ReturnMemory) == "1")
        {
            SetThresholds(64 << 10, 128 << 10);
            NativeEnvironment.SetDefault("THP_MEM_ALLOC_ENABLE", "1"); // huge pages: far fewer page faults
        }
        else if (!UserSetsMalloc)
        {
            // glibc maps what is over 32 MiB by itself and gives it back when freed: a training step on such tensors took 80,000
            // page faults a second, a tenth of its time. On other threads than the main one it goes on doing so: their heaps end
            // at 64 MiB.
            if (SetThresholds(256 << 20, 1 << 30))
            {
                HugePages.AskForHeap();
            }
        }
    }

    /// <summary>Threads of one of several processes that a launcher has started on this machine without giving each its own
    /// processors; null = as many as there are processors.</summary>
    /// <param name="variable">A variable's value, or null.</param>
    internal static int? ThreadsOfShare(Func<string, string?> variable)
    {
        foreach (var name in LocalSizes)
        {
            if (int.TryParse(variable(name), NumberStyles.None, CultureInfo.InvariantCulture, out var processes) && processes > 1
                && Processors.Allowed == Processors.Seen)
            {
                return Math.Max(1, Processors.Allowed / processes);
            }
        }

        return null;
    }

    /// <summary>On processors that are idle now, lets the threads of OpenMP wait awake for some hundredths of a millisecond
    /// before they sleep: two threads train a small model 1.5 to 1.7 times as fast so. With other work on the same processors
    /// they would take three times as long, so this is for minutes in which nobody begins any. Before libtorch is loaded, with
    /// libgomp (Linux).</summary>
    /// <returns>Whether the processors were idle.</returns>
    internal static bool WaitAwakeIfIdle()
    {
        if (UserSetsWaiting || !ProcessorLoad.IsIdle())
        {
            return false;
        }

        NativeEnvironment.SetDefault("GOMP_SPINCOUNT", "20000");
        return true;
    }

    private static bool UserSetsMalloc =>
        Environment.GetEnvironmentVariable("MALLOC_MMAP_THRESHOLD_") is not null
        || Environment.GetEnvironmentVariable("MALLOC_TRIM_THRESHOLD_") is not null
        || Environment.GetEnvironmentVariable("GLIBC_TUNABLES")?.Contains("malloc", StringComparison.Ordinal) == true;

    /// <summary>From how many bytes a block is mapped by itself, and how many free ones at the heap's end are kept.</summary>
    /// <returns>Whether they are set: a glibc before 2.35 refuses more than 32 MiB and goes on as it was, another library has no
    /// such function.</returns>
    private static bool SetThresholds(int map, int trim)
    {
        try
        {
            return mallopt(MapThreshold, map) == 1 && mallopt(TrimThreshold, trim) == 1;
        }
        catch (EntryPointNotFoundException)
        {
            return false;
        }
    }

    [LibraryImport("libc")]
    private static partial int mallopt(int option, int value);
}
