using System.Diagnostics;
using System.Globalization;

namespace ClipSharp.Cli.Tests.Crashes;

public sealed class FailingDiskTests
{
    [Fact(Explicit = true)]
    [Trait("Category", "Long")]
    public void Wherever_fsync_fails_no_run_calls_something_saved_that_is_not()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && File.Exists("/usr/bin/strace"), "strace is not installed.");
        using var run = new CrashRun(epochs: 2);
        var expected = run.Undisturbed("whole");
        var (failedSaves, failedRuns) = (0, 0);
        for (var call = 1; call <= 61; call += 4)
        {
            // Counted for each thread: every save, on its own thread, fails at its n-th call.
            var name = string.Create(CultureInfo.InvariantCulture, $"fsync{call}");
            using var process = TrainingProcess.Start(run.Arguments(name, "--keep", "0"),
                "/usr/bin/strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=fsync", "-e",
                $"inject=fsync:error=EIO:when={call}");
            var code = process.Wait();
            run.RequireAllWhole(name);
            failedSaves += process.Said.Contains("could not be saved", StringComparison.Ordinal) ? 1 : 0;
            if (code == 0)
            {
                Assert.Equal(expected, run.Bits(name));
            }
            else
            {
                Assert.True(code is (int)ClipError.InputOutput or (int)ClipError.CannotCreate, $"{code}: {process.Said}");
                failedRuns++;
            }
        }

        Assert.True(failedSaves > 0 && failedRuns > 0, $"{failedSaves} saves and {failedRuns} runs met the fault.");
    }

    [Fact]
    public void A_full_disk_leaves_the_last_good_checkpoint_and_the_run_going()
    {
        using var run = new CrashRun(epochs: 8);
        var disk = run.Folder["small"];
        Directory.CreateDirectory(disk);
        Assert.SkipUnless(OperatingSystem.IsLinux() && Mount("mount", "-t", "tmpfs", "-o", "size=2500k", "none", disk),
            "There is no right to mount a small disk here.");
        try
        {
            using var process = TrainingProcess.Start(
                run.Arguments("full", "--logs", disk, "--keep", "0", "--save-every-steps", "4"));
            var code = process.Wait();

            // the last save failed too: not called safe
            Assert.True(code is (int)ClipError.InputOutput or (int)ClipError.CannotCreate, process.Said);
            Assert.Contains("could not be saved, training goes on", process.Said, StringComparison.Ordinal);
            Assert.Contains("The last good checkpoint is", process.Said, StringComparison.Ordinal);
            var folders = Directory.GetDirectories(Path.Combine(disk, "full/checkpoints"));
            Assert.NotEmpty(folders);
            Assert.All(folders, folder => Assert.Null(ClipSharp.Training.Runs.Checkpoints.Checkpoint.Fault(folder, default)));
        }
        finally
        {
            Mount("umount", disk);
        }
    }

    private static bool Mount(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
