using System.Runtime.CompilerServices;
using ClipSharp.Host;

namespace ClipSharp.Training.Tests;

/// <summary>The models here are so small that two threads of libtorch wait for each other longer than they compute.
/// <c>OMP_NUM_THREADS</c> asks for more.</summary>
internal static class OneThread
{
    [ModuleInitializer]
    internal static void Set() => NativeEnvironment.SetDefault("OMP_NUM_THREADS", "1");
}
