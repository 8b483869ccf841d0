using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

namespace ClipSharp.Cli.Tests;

/// <summary>Runs commands as a user types them: a shell, processes of their own, caches where users have them.</summary>
/// <param name="folder">Holds the caches and the working folder.</param>
/// <param name="working">The working folder's name in it.</param>
/// <param name="hub">Where <c>pull</c> finds the hub; null = nowhere.</param>
internal sealed class TypedCommands(TemporaryFolder folder, string working, Uri? hub = null)
{
    /// <summary>Runs the program with the arguments that a shell makes of a line.</summary>
    /// <returns>The exit code, and both streams as a terminal shows them.</returns>
    public (int Code, string Output) Run(string arguments)
    {
        var host = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", "dotnet"));
        var start = new ProcessStartInfo("/bin/sh",
            ["-c", $"exec '{host}' '{typeof(Program).Assembly.Location}' {arguments} 2>&1"])
        {
            RedirectStandardOutput = true,
            StandardOutputEncoding = Encoding.UTF8,
            WorkingDirectory = folder[working],
        };
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("HF_", StringComparison.Ordinal)).ToList())
        {
            start.Environment.Remove(name);
        }

        start.Environment["HF_ENDPOINT"] = hub?.ToString() ?? "http://127.0.0.1:9"; // nothing listens there
        start.Environment["HF_HOME"] = folder["hub"];
        start.Environment["XDG_CACHE_HOME"] = folder["cache"];
        start.Environment["OMP_NUM_THREADS"] = "1";
        start.Environment["CLIPSHARP_LAUNCHER"] = "./clipsharp";
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output);
    }
}
