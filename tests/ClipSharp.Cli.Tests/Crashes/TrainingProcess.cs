using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

namespace ClipSharp.Cli.Tests.Crashes;

/// <summary>The built command line training in a process of its own, to be signalled and killed.</summary>
internal sealed partial class TrainingProcess : IDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _said = new();

    private TrainingProcess(Process process)
    {
        _process = process;
        _process.OutputDataReceived += (_, line) => Add(line.Data);
        _process.ErrorDataReceived += (_, line) => Add(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>What it printed so far.</summary>
    public string Said
    {
        get
        {
            lock (_said)
            {
                return _said.ToString();
            }
        }
    }

    public bool HasExited => _process.HasExited;

    /// <summary>Starts <c>clipsharp train</c>, one thread for each purpose.</summary>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="under">A program and its arguments to run it under, such as strace.</param>
    public static TrainingProcess Start(IEnumerable<string> arguments, params string[] under)
    {
        var host = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", "dotnet"));
        string[] line = [.. under, host, typeof(Program).Assembly.Location, "train", .. arguments];
        var start = new ProcessStartInfo(line[0], line[1..]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["OMP_NUM_THREADS"] = "1"; // the number of threads decides bits
        start.Environment["DOTNET_TieredPGO"] = "0";
        return new TrainingProcess(Process.Start(start)!);
    }

    /// <summary>SIGTERM.</summary>
    public void Terminate() => Assert.Equal(0, kill(_process.Id, 15));

    /// <summary>SIGKILL.</summary>
    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    /// <summary>Waits for the end.</summary>
    /// <returns>The exit code.</returns>
    public int Wait(TimeSpan? most = null)
    {
        Assert.True(_process.WaitForExit(most ?? TimeSpan.FromMinutes(5)), "It does not end: " + Said);
        _process.WaitForExit(); // for its last lines
        return _process.ExitCode;
    }

    /// <summary>Waits until something holds or the process is gone.</summary>
    public void WaitUntil(Func<bool> holds)
    {
        while (!_process.HasExited && !holds())
        {
            Thread.Sleep(2);
        }
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.Dispose();
    }

    private void Add(string? line)
    {
        lock (_said)
        {
            _said.AppendLine(line);
        }
    }

    [LibraryImport("libc")]
    private static partial int kill(int process, int signal);
}
