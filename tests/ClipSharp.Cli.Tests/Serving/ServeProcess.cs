using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace ClipSharp.Cli.Tests.Serving;

/// <summary><c>clipsharp serve</c> as a process of its own, on a free port, and a client of it.</summary>
internal sealed class ServeProcess : IDisposable
{
    private readonly Process _process;
    private readonly ConcurrentQueue<string> _errors;

    private ServeProcess(Process process, ConcurrentQueue<string> errors, string firstLine)
    {
        (_process, _errors, FirstLine) = (process, errors, firstLine);
        Client = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = 1024 })
        {
            BaseAddress = new Uri(firstLine.Split(' ')[0]),
            Timeout = Timeout.InfiniteTimeSpan,
        };
    }

    /// <summary>What it said first: where it listens.</summary>
    public string FirstLine { get; }

    /// <summary>What it said as errors and logged, so far.</summary>
    public string Errors => string.Join('\n', _errors);

    /// <summary>Speaks to it.</summary>
    public HttpClient Client { get; }

    /// <summary>What it has resident, in bytes.</summary>
    public long Resident
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64;
        }
    }

    private static CancellationToken Now => TestContext.Current.CancellationToken;

    /// <summary>Starts it; it need not be ready yet.</summary>
    /// <param name="folder">Where.</param>
    /// <param name="arguments">Behind <c>serve --port 0</c>.</param>
    /// <param name="variables">Of its environment; it computes on one thread unless they say otherwise.</param>
    public static async Task<ServeProcess> StartAsync(string folder, string arguments,
        params (string Name, string Value)[] variables)
    {
        var host = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", "dotnet"));
        var start = new ProcessStartInfo(host, $"\"{typeof(Program).Assembly.Location}\" serve --port 0 {arguments}")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder,
        };
        start.Environment["OMP_NUM_THREADS"] = "1";
        foreach (var (name, value) in variables)
        {
            start.Environment[name] = value;
        }

        var errors = new ConcurrentQueue<string>();
        var process = new Process { StartInfo = start };
        process.ErrorDataReceived += (_, line) =>
        {
            if (line.Data is { } text)
            {
                errors.Enqueue(text);
            }
        };
        process.Start();
        process.BeginErrorReadLine();
        var first = await process.StandardOutput.ReadLineAsync(Now);
        if (first is null)
        {
            await process.WaitForExitAsync(Now);
            throw new InvalidOperationException(string.Join('\n', errors));
        }

        return new ServeProcess(process, errors, first);
    }

    /// <summary>Waits until the model is loaded.</summary>
    /// <returns>What it said.</returns>
    public async Task<string?> ReadyAsync() => await _process.StandardOutput.ReadLineAsync(Now);

    /// <summary>Sends a signal of Unix.</summary>
    public async Task SignalAsync(string name)
    {
        using var signal = Process.Start("kill", [$"-{name}", $"{_process.Id}"]);
        await signal.WaitForExitAsync(Now);
    }

    /// <summary>Waits for its end.</summary>
    /// <returns>Its exit code and what it said as errors.</returns>
    public async Task<(int Code, string Errors)> EndAsync()
    {
        await _process.WaitForExitAsync(Now);
        return (_process.ExitCode, Errors);
    }

    public void Dispose()
    {
        Client.Dispose();
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.Dispose();
    }
}
