using System.Diagnostics;

namespace ClipSharp.Cli.Tests.Crashes;

public sealed class KillTests
{
    [Fact]
    public void Killed_twice_and_resumed_a_run_ends_with_the_same_bits() => KillAndResume(times: 2, epochs: 10);

    [Fact(Explicit = true)]
    [Trait("Category", "Long")]
    public void Killed_a_hundred_times_at_random_moments_and_resumed_runs_end_with_the_same_bits()
    {
        var inSaves = KillAndResume(times: 100, epochs: 60);
        Assert.True(inSaves >= 3, $"Only {inSaves} kills fell into a save: the moments are not spread.");
    }

    [Fact(Explicit = true)]
    [Trait("Category", "Long")]
    public void Of_two_processes_for_one_run_fifty_times_exactly_one_trains()
    {
        using var run = new CrashRun(epochs: 2);
        var expected = run.Undisturbed("whole");
        for (var i = 0; i < 50; i++)
        {
            var name = $"race{i}";
            using var one = TrainingProcess.Start(run.Arguments(name));
            using var other = TrainingProcess.Start(run.Arguments(name));
            Assert.Equal([0, (int)ClipError.CannotCreate], new[] { one.Wait(), other.Wait() }.Order());
            Assert.Equal(expected, run.Bits(name));
            Directory.Delete(run.Root(name), recursive: true);
        }
    }

    // Kills a run's process at random moments of its life and resumes it; a run that ends is compared, and the next one begins.
    private static int KillAndResume(int times, int epochs)
    {
        using var run = new CrashRun(epochs);
        var clock = Stopwatch.StartNew();
        var expected = run.Undisturbed("whole");
        var life = clock.Elapsed;
        var random = new RandomStream(DateTime.UtcNow.Ticks, RandomPurpose.Resampling);
        var (kills, inSaves, number) = (0, 0, 0);
        var isWhole = true;
        while (true)
        {
            var name = $"killed{number}";
            clock.Restart();
            using var process = TrainingProcess.Start(run.Arguments(name, "--resume", "latest"));
            if (kills < times)
            {
                var moment = Stopwatch.StartNew();
                var until = random.NextDouble() * life;
                process.WaitUntil(() => moment.Elapsed >= until);
                if (!process.HasExited)
                {
                    process.Kill();
                    kills++;
                    isWhole = false;
                    inSaves += run.IsSaving(name) ? 1 : 0;
                    run.RequireAllWhole(name);
                    continue;
                }
            }

            Assert.True(process.Wait() == 0, process.Said);
            Assert.Equal(expected, run.Bits(name));
            Assert.False(run.IsSaving(name));
            if (kills == times)
            {
                return inSaves;
            }

            if (isWhole)
            {
                life = clock.Elapsed; // as fast as the machine is now: else most kills would come too late
            }

            (number, isWhole) = (number + 1, true);
        }
    }
}
