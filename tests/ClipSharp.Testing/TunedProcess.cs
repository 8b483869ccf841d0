using System.Runtime.CompilerServices;
using ClipSharp.Host;

namespace ClipSharp.Testing;

/// <summary>Compiled into every test program: several run at once, where spinning threads take many times as long. With
/// <c>CLIPSHARP_COLLECTING=1</c> the collector never rests, so that what nothing refers to while native code reads it is freed at
/// once (docs/decisions/0007).</summary>
internal static class TunedProcess
{
    [ModuleInitializer]
    internal static void Tune()
    {
        ProcessTuning.Apply();
        if (Environment.GetEnvironmentVariable("CLIPSHARP_COLLECTING") == "1")
        {
            new Thread(Collect) { IsBackground = true }.Start();
        }
    }

    private static void Collect()
    {
        while (true)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            Thread.Sleep(1);
        }
    }
}
