using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace ClipSharp.Cli.Tests;

/// <summary>Runs commands as a user types them: a shell, the program itself, caches where users have them.</summary>
/// <param name="folder">Holds the caches and the working folder.</param>
/// <param name="working">The working folder's name in it.</param>
/// <param name="hub">Where <c>pull</c> finds the hub; null = nowhere.</param>
internal sealed class TypedCommands(TemporaryFolder folder, string working, Uri? hub = null) : IDisposable
{
    private Process? _warm;

    /// <summary>Runs the program with the arguments that a shell makes of a line, in a process of its own.</summary>
    /// <returns>The exit code, and both streams as a terminal shows them.</returns>
    public (int Code, string Output) Run(string arguments)
    {
        using var process = Start(arguments);
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output);
    }

    /// <summary>The same in one process for all lines: for those of which there are dozens, where starting proves nothing
    /// new and takes most of the time.</summary>
    /// <returns>The exit code, and both streams as a terminal shows them.</returns>
    public (int Code, string Output) RunWarm(string arguments)
    {
        _warm ??= Start("", isWarm: true);
        _warm.StandardInput.WriteLine(JsonSerializer.Serialize(Words(arguments)));
        var output = new StringBuilder();
        for (int next; (next = _warm.StandardOutput.Read()) != StartupHook.End;)
        {
            if (next < 0)
            {
                _warm.WaitForExit();
                return (_warm.ExitCode, output.ToString());
            }

            output.Append((char)next);
        }

        return (int.Parse(_warm.StandardOutput.ReadLine()!, CultureInfo.InvariantCulture), output.ToString());
    }

    /// <summary>Runs a server until it is ready, asks it once, and ends it as a system does.</summary>
    /// <param name="arguments">The line, with a free port.</param>
    /// <param name="route">What to ask.</param>
    /// <param name="json">The body of the question.</param>
    /// <returns>The exit code, 1 where the answer is no success; the output and the answer.</returns>
    public (int Code, string Output) Serve(string arguments, string route, string json)
    {
        using var process = Start(arguments);
        var lines = new List<string>();
        while (lines is not [.., ['r', 'e', 'a', 'd', 'y', ..]])
        {
            lines.Add(process.StandardOutput.ReadLine() ?? throw new InvalidOperationException(string.Join('\n', lines)));
        }

        using var client = new HttpClient { BaseAddress = new Uri(lines[0].Split(' ')[0]) };
        using var question = new StringContent(json, Encoding.UTF8, "application/json");
        using var answer = client.PostAsync(route, question).GetAwaiter().GetResult();
        lines.Add(answer.Content.ReadAsStringAsync().GetAwaiter().GetResult());
        using var end = Process.Start("kill", $"{process.Id}");
        lines.Add(process.StandardOutput.ReadToEnd());
        process.WaitForExit();
        return (answer.IsSuccessStatusCode ? process.ExitCode : 1, string.Join('\n', lines));
    }

    public void Dispose()
    {
        if (_warm is not null)
        {
            _warm.StandardInput.Close();
            _warm.StandardOutput.ReadToEnd();
            _warm.WaitForExit();
            _warm.Dispose();
        }
    }

    private string[] Words(string arguments)
    {
        var start = new ProcessStartInfo("/bin/sh", ["-c", $"printf '%s\\0' {arguments}"])
        {
            RedirectStandardOutput = true,
            StandardOutputEncoding = Encoding.UTF8,
            WorkingDirectory = folder[working],
        };
        using var process = Process.Start(start)!;
        return process.StandardOutput.ReadToEnd().Split('\0')[..^1];
    }

    private Process Start(string arguments, bool isWarm = false)
    {
        var host = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", "dotnet"));
        var start = new ProcessStartInfo("/bin/sh",
            ["-c", $"exec '{host}' '{typeof(Program).Assembly.Location}' {arguments} 2>&1"])
        {
            RedirectStandardInput = isWarm,
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
        if (isWarm)
        {
            start.Environment["DOTNET_STARTUP_HOOKS"] = typeof(StartupHook).Assembly.Location;
        }

        return Process.Start(start)!;
    }
}
