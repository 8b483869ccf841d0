using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace ClipSharp.Benchmarks;

/// <summary><c>clipsharp serve</c> as a process of its own on a free port of this machine.</summary>
internal sealed partial class ServedProcess : IDisposable
{
    private readonly Process _process;

    private ServedProcess(Process process, Uri address) => (_process, Address) = (process, address);

    /// <summary>Where it listens.</summary>
    public Uri Address { get; }

    /// <summary>Resident memory in MiB.</summary>
    public long Mebibytes
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64 >> 20;
        }
    }

    /// <summary>Processor time so far.</summary>
    public TimeSpan ProcessorTime
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    /// <summary>Starts it and waits until it is ready.</summary>
    public static async Task<ServedProcess> StartAsync(params string[] arguments)
    {
        var process = Run(["serve", "--port", "0", .. arguments]);
        Uri? address = null;
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            address ??= AddressPattern().Match(line) is { Success: true } found ? new Uri(found.Value) : null;
            if (line.StartsWith("ready", StringComparison.Ordinal))
            {
                return new ServedProcess(process, address!);
            }
        }

        throw new InvalidOperationException("The server ended: " + await process.StandardError.ReadToEndAsync());
    }

    /// <summary>How long a command takes.</summary>
    public static async Task<TimeSpan> TimeOfAsync(params string[] arguments)
    {
        var clock = Stopwatch.StartNew();
        using var process = Run(arguments);
        var errors = process.StandardError.ReadToEndAsync();
        await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? clock.Elapsed : throw new InvalidOperationException(await errors);
    }

    /// <summary>Tells it to end and waits.</summary>
    public async Task<(int ExitCode, TimeSpan Took)> EndAsync()
    {
        var clock = Stopwatch.StartNew();
        using var kill = Process.Start("kill", ["-TERM", _process.Id.ToString(CultureInfo.InvariantCulture)]);
        await _process.WaitForExitAsync();
        return (_process.ExitCode, clock.Elapsed);
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.Dispose();
    }

    private static Process Run(string[] arguments)
    {
        var program = Path.Combine(AppContext.BaseDirectory, "ClipSharp.Cli.dll");
        return Process.Start(new ProcessStartInfo("dotnet", [program, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
    }

    [GeneratedRegex(@"http://\S+")]
    private static partial Regex AddressPattern();
}
