namespace ClipSharp.Training.Tests.Memory;

/// <summary>The most memory that an action has resident.</summary>
internal static class PeakMemory
{
    /// <summary>Bytes that an action had at most beyond what there was before. Skips where the system does not tell.</summary>
    /// <param name="action">What is measured.</param>
    /// <param name="before">What runs first, for libtorch and the runtime to make their code and buffers; null = the
    /// action.</param>
    public static long Of(Action action, Action? before = null)
    {
        Assert.SkipUnless(ResidentMemory.IsTold, "Only Linux with glibc and /proc/self/clear_refs tells the peak.");
        (before ?? action)();
        var blocks = ResidentMemory.Settle();
        try
        {
            var resident = ResidentMemory.Now;
            ResidentMemory.ForgetPeak();
            action();
            return ResidentMemory.Peak - resident;
        }
        finally
        {
            ResidentMemory.Free(blocks);
        }
    }
}
