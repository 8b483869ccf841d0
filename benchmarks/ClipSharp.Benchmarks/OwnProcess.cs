using System.Diagnostics;
using System.Reflection;

namespace ClipSharp.Benchmarks;

/// <summary>This program once more, in a process of its own: what it loads and takes is then its own too.</summary>
internal static class OwnProcess
{
    /// <summary>Runs it to its end.</summary>
    /// <returns>What it printed.</returns>
    /// <exception cref="InvalidOperationException">It failed.</exception>
    public static string Run(params ReadOnlySpan<string> arguments)
    {
        var program = Assembly.GetExecutingAssembly().Location;
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true };
        if (Path.GetFileNameWithoutExtension(start.FileName) == "dotnet") // as "dotnet X.dll"
        {
            start.ArgumentList.Add(program);
        }

        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Process.Start(start)!;
        var text = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? text
            : throw new InvalidOperationException($"{string.Join(' ', arguments)} failed.");
    }
}
