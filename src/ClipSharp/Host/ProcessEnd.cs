using System.Runtime.InteropServices;

namespace ClipSharp.Host;

/// <summary>The end of this process at once. <see cref="Environment.Exit"/> would run finalizers and the libraries' own ends
/// while other threads still compute in libtorch, which then reads what is freed.</summary>
internal static partial class ProcessEnd
{
    /// <summary>Ends the process. Nothing is flushed or tidied up: files are written whole or not at all, and logs line by
    /// line.</summary>
    /// <param name="code">The exit code.</param>
    public static void Now(int code)
    {
        if (OperatingSystem.IsWindows())
        {
            TerminateProcess(GetCurrentProcess(), (uint)code);
        }
        else
        {
            _exit(code);
        }
    }

    [LibraryImport("libc")]
    private static partial void _exit(int code);

    [LibraryImport("kernel32")]
    private static partial nint GetCurrentProcess();

    [LibraryImport("kernel32")]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool TerminateProcess(nint process, uint code);
}
