using System.Runtime.InteropServices;

namespace ClipSharp.Host;

/// <summary>Variables for native libraries, which read them with C's <c>getenv</c>: .NET's own setter does not reach it on Unix,
/// and on Windows reaches the system's table only, not the copy of the C runtime.</summary>
internal static partial class NativeEnvironment
{
    /// <summary>Sets a variable unless the user has.</summary>
    public static void SetDefault(string name, string value)
    {
        if (Environment.GetEnvironmentVariable(name) is not null)
        {
            return;
        }

        Environment.SetEnvironmentVariable(name, value);
        _ = OperatingSystem.IsWindows() ? SetInWindows(name, value) : SetInUnix(name, value, 0);
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetInUnix(string name, string value, int overwrite);

    [LibraryImport("ucrtbase", EntryPoint = "_wputenv_s", StringMarshalling = StringMarshalling.Utf16)]
    private static partial int SetInWindows(string name, string value);
}
