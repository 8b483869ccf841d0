using System.Diagnostics;
using System.Text.Json;

namespace ClipSharp.Cli.Tests;

/// <summary>Threads follow the processors that a process may use.</summary>
public sealed class ProcessorsTests
{
    [Fact]
    public async Task On_one_processor_of_several_both_engines_take_one_thread()
    {
        const string Program = "/usr/bin/taskset";
        Assert.SkipUnless(File.Exists(Program), "There is no taskset (util-linux).");
        var start = new ProcessStartInfo(Program) { RedirectStandardOutput = true };
        string[] arguments = ["-c", "0", "dotnet", Path.Combine(AppContext.BaseDirectory, "ClipSharp.Cli.dll"), "doctor",
            "--system", "--json"];
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment.Remove("OMP_NUM_THREADS");
        using var process = Process.Start(start)!;
        using var report = JsonDocument.Parse(await process.StandardOutput.ReadToEndAsync());
        await process.WaitForExitAsync();

        Assert.Equal(0, process.ExitCode);
        Assert.Equal(1, report.RootElement.GetProperty("processors_allowed").GetInt32());
        Assert.Equal(1, report.RootElement.GetProperty("threads").GetInt32());
        Assert.Equal(1, report.RootElement.GetProperty("lib_torch_threads").GetInt32());
        Assert.True(report.RootElement.GetProperty("processors_seen").GetInt32() >= 1);
    }
}
