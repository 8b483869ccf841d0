using System.Diagnostics;
using System.Text;
using ClipSharp.Training.Runs.Checkpoints;

namespace ClipSharp.Cli.Tests.Crashes;

public sealed class SignalTests
{
    private static readonly TimeSpan Most = TimeSpan.FromSeconds(10);

    [Fact]
    public void On_a_signal_a_run_saves_and_says_that_all_is_well_and_an_echo_of_the_signal_changes_nothing()
    {
        using var run = new CrashRun(epochs: 500);
        using var process = TrainingProcess.Start(run.Arguments("run"));
        process.WaitUntil(() => run.Steps("run") >= 5);
        process.Terminate();
        process.Terminate();
        Assert.True(process.Wait() == 0, process.Said);
        Assert.Equal(run.Steps("run"), Checkpoint.ReadState(Checkpoint.Latest(run.Checkpoints("run"))!).Step);
        Assert.Contains("go on with --resume latest", process.Said, StringComparison.Ordinal);
    }

    [Fact(Explicit = true)]
    [Trait("Category", "Long")]
    public void Thirty_signals_in_all_phases_each_end_in_ten_seconds_with_all_saved()
    {
        using var run = new CrashRun(epochs: 500);
        var table = Table(run.Folder);
        var random = new RandomStream(DateTime.UtcNow.Ticks, RandomPurpose.Resampling);
        for (var round = 0; round < 6; round++)
        {
            var pause = random.NextDouble() * 100;
            Stop(run, $"index{round}", ["--train-data", table], name => Directory.Exists(run.Root(name)), pause,
                beforeSteps: true);
            Stop(run, $"vocabulary{round}", ["--train-data", table, "--vocab-size", "20000"],
                name => run.HasLogged(name, "Data: "), pause, beforeSteps: true);
            Stop(run, $"step{round}", [], name => run.Steps(name) >= 2 + round, pause, beforeSteps: false);
            Stop(run, $"save{round}", ["--save-every-steps", "1"], name => run.Steps(name) > round && run.IsSaving(name), 0,
                beforeSteps: false);
            var evaluating = Stop(run, $"evaluation{round}", ["--val-data", table, "--save-frequency", "1"],
                name => run.Steps(name) == 4, pause, beforeSteps: false);
            Assert.Equal(4, evaluating);
        }
    }

    [Fact(Explicit = true)]
    [Trait("Category", "Long")]
    public void A_second_signal_within_a_step_ends_the_process_at_once_and_in_silence()
    {
        using var run = new CrashRun(epochs: 500);
        // A step of seconds on any processor: 40 pairs of 145 tokens through 16 layers.
        File.WriteAllText(run.Folder["slow.json"], """
            { "embed_dim": 16,
              "vision_cfg": { "image_size": 96, "layers": 16, "width": 256, "patch_size": 8, "head_width": 64 },
              "text_cfg": { "context_length": 12, "vocab_size": 600, "width": 32, "heads": 2, "layers": 1 } }
            """);
        for (var round = 0; round < 5; round++)
        {
            var name = $"twice{round}";
            using var process = TrainingProcess.Start(
                run.Arguments(name, "--model", run.Folder["slow.json"], "--batch-size", "40"));
            process.WaitUntil(() => run.Steps(name) >= 1);
            process.Terminate();
            process.WaitUntil(() => process.Said.Contains("Finishing this step, then saving; again to quit at once",
                StringComparison.Ordinal));
            Thread.Sleep(1100);
            process.Terminate();
            Assert.True(process.Wait() == 143, process.Said);
            Assert.EndsWith("again to quit at once", process.Said.TrimEnd(), StringComparison.Ordinal);
        }
    }

    // Sends the signal some milliseconds after a phase was reached.
    private static long Stop(CrashRun run, string name, string[] more, Func<string, bool> reached, double pause, bool beforeSteps)
    {
        using var process = TrainingProcess.Start(run.Arguments(name, more));
        process.WaitUntil(() => reached(name));
        Thread.Sleep(TimeSpan.FromMilliseconds(pause));
        process.Terminate();
        var clock = Stopwatch.StartNew();
        Assert.True(process.Wait() == 0, $"{name}: {process.Said}");
        Assert.True(clock.Elapsed < Most, $"{name} took {clock.Elapsed}");
        Assert.False(run.IsSaving(name));
        run.RequireAllWhole(name);
        if (beforeSteps)
        {
            Assert.Contains("Stopped before the first step", process.Said, StringComparison.Ordinal);
            return 0;
        }

        var step = Checkpoint.ReadState(Checkpoint.Latest(run.Checkpoints(name))!).Step;
        Assert.Equal(run.Steps(name), step);
        return step;
    }

    // 200,000 captions of random words over the corpus' first pictures: seconds of reading, of learning a vocabulary, of
    // evaluating.
    private static string Table(TemporaryFolder folder)
    {
        var random = new RandomStream(7, RandomPurpose.Synthesis);
        Directory.CreateDirectory(folder["pictures"]);
        for (var i = 0; i < 8; i++)
        {
            File.WriteAllBytes(folder[$"pictures/{i}.png"], ColourPictures.Png(i % 3, i));
        }

        var table = new StringBuilder("filepath\ttitle\n");
        for (var i = 0; i < 200_000; i++)
        {
            table.Append("pictures/").Append(i % 8).Append(".png\t");
            for (var word = 0; word < 8; word++)
            {
                for (var letter = 0; letter < 6; letter++)
                {
                    table.Append((char)('a' + (int)(26 * random.NextDouble())));
                }

                table.Append(' ');
            }

            table.Append(i).Append('\n');
        }

        File.WriteAllText(folder["table.tsv"], table.ToString());
        return folder["table.tsv"];
    }
}
