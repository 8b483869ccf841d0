using System.Runtime.InteropServices;

namespace ClipSharp.Torch.Native;

/// <summary>Settings of the process that native code reads once, when it is loaded.</summary>
internal static partial class ProcessSettings
{
    /// <summary>Lets the threads of libgomp sleep while they wait: on busy cores spinning ones cost 3 to 9 times the work.
    /// A value the user has set stays.</summary>
    public static void Apply()
    {
        // .NET's own SetEnvironmentVariable does not reach native code on Unix.
        if (!OperatingSystem.IsWindows())
        {
            _ = setenv("OMP_WAIT_POLICY", "PASSIVE", 0);
        }
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int setenv(string name, string value, int overwrite);
}
