using System.ComponentModel;
using System.Diagnostics;

namespace ClipSharp.Cli.Rendering.Terminal;

/// <summary>The person's browser, where there is one.</summary>
/// <param name="variable">The environment: a name to its value or null.</param>
/// <param name="start">Starts a program.</param>
internal sealed class Desktop(Func<string, string?> variable, Action<ProcessStartInfo> start)
{
    /// <summary>This machine's.</summary>
    public static Desktop Here { get; } = new(Environment.GetEnvironmentVariable, info => Process.Start(info)?.Dispose());

    /// <summary>Shows a page.</summary>
    /// <param name="page">A file.</param>
    /// <returns>Null, or why not.</returns>
    public string? Open(string page)
    {
        // xdg-open would look for browsers in the terminal, and wait.
        if (OperatingSystem.IsLinux()
            && string.IsNullOrEmpty(variable("DISPLAY")) && string.IsNullOrEmpty(variable("WAYLAND_DISPLAY")))
        {
            return "there is no desktop here";
        }

        try
        {
            start(new ProcessStartInfo(Path.GetFullPath(page)) { UseShellExecute = true });
            return null;
        }
        catch (Exception e) when (e is Win32Exception or InvalidOperationException or FileNotFoundException)
        {
            return e.Message;
        }
    }
}
