using System.Runtime.CompilerServices;
using ClipSharp.Host;

namespace ClipSharp.Testing;

/// <summary>Compiled into every test program: several run at once, where spinning threads take many times as long.</summary>
internal static class TunedProcess
{
    [ModuleInitializer]
    internal static void Tune() => ProcessTuning.Apply();
}
