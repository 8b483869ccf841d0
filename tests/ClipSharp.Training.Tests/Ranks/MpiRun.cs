using System.Diagnostics;
using System.Globalization;

namespace ClipSharp.Training.Tests.Ranks;

/// <summary>Starts the worker several times under a launcher of MPI.</summary>
internal static class MpiRun
{
    private static readonly string Worker = Path.Combine(AppContext.BaseDirectory, "..", "..", "ClipSharp.Training.RankWorker",
        Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory)), "ClipSharp.Training.RankWorker.dll");

    /// <summary>Skips the test where a family's launcher is not there.</summary>
    public static void Require(string family) => Assert.SkipUnless(Launcher(family) is not null,
        $"mpirun.{family} is not on this machine (Debian's packages openmpi-bin and mpich have it)");

    /// <returns>The launcher's exit code, and all that it and the processes printed.</returns>
    public static async Task<(int Code, string Output)> Start(string family, int count, string work,
        params (string Name, string Value)[] variables)
    {
        Require(family);
        var start = new ProcessStartInfo(Launcher(family)!) { RedirectStandardOutput = true, RedirectStandardError = true };
        string[] options = family == "openmpi" ? ["--allow-run-as-root", "--oversubscribe", "--bind-to", "none"] : [];
        foreach (var argument in (string[])[.. options, "-n", count.ToString(CultureInfo.InvariantCulture),
            "dotnet", Worker, .. work.Split(' ')])
        {
            start.ArgumentList.Add(argument);
        }

        foreach (var (name, value) in variables.Append(("TERM", "dumb")).Append(("OMP_NUM_THREADS", "1")))
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        using var most = new CancellationTokenSource(TimeSpan.FromMinutes(8));
        await using var kill = most.Token.Register(() => process.Kill(entireProcessTree: true));
        await process.WaitForExitAsync(CancellationToken.None);
        return (process.ExitCode, await output + await errors);
    }

    private static string? Launcher(string family) => (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator).Select(folder => Path.Combine(folder, $"mpirun.{family}")).FirstOrDefault(File.Exists);
}
