using ClipSharp.Files;
using ClipSharp.Training.Runs;

namespace ClipSharp.Training.Tests.Runs.Checkpoints;

public sealed class CheckpointSaverTests : IDisposable
{
    private readonly TinyRun _tiny = new();

    public void Dispose()
    {
        DurableStorage.Watch.Value = null;
        _tiny.Dispose();
    }

    [Fact]
    public void Checkpoints_come_every_so_many_steps_beside_those_after_epochs()
    {
        _tiny.Run(_tiny.Options() with { SaveEverySteps = 3 });

        Assert.Equal(["epoch_1", "epoch_2", "step_3", "step_6"], _tiny.CheckpointNames());
    }

    [Fact]
    public void Checkpoints_come_every_so_many_minutes()
    {
        _tiny.Run(_tiny.Options() with { SaveEveryMinutes = 1e-9, SaveFrequency = 100 });

        Assert.Equal(["epoch_1", "epoch_2", "step_1", "step_2", "step_3", "step_5", "step_6", "step_7"], _tiny.CheckpointNames());
    }

    [Fact]
    public void Training_goes_on_while_a_slow_disk_takes_a_checkpoint_and_what_is_saved_is_the_step_it_was_taken_at()
    {
        _tiny.Run(_tiny.Options("plain"));
        using var slow = new ManualResetEventSlim();
        DurableStorage.Watch.Value = operation =>
        {
            if (operation.Path.Contains("epoch_1", StringComparison.Ordinal))
            {
                slow.Wait(TestContext.Current.CancellationToken);
            }
        };
        var stepsMeanwhile = 0;
        _tiny.Run(_tiny.Options(), happened =>
        {
            if (happened is TrainingProgress { Result.Step: >= 4 })
            {
                stepsMeanwhile += _tiny.Events.OfType<CheckpointWritten>().Any() ? 0 : 1;
                if (stepsMeanwhile == 3)
                {
                    slow.Set();
                }
            }
        });

        Assert.True(stepsMeanwhile >= 3);
        foreach (var file in (string[])["open_clip_model.safetensors", "training/state.safetensors"])
        {
            Assert.Equal(
                File.ReadAllBytes(Path.Combine(_tiny.Checkpoints("plain"), "epoch_1", file)),
                File.ReadAllBytes(Path.Combine(_tiny.Checkpoints(), "epoch_1", file)));
        }
    }

    [Fact]
    public void A_save_that_fails_is_a_warning_and_the_run_goes_on()
    {
        DurableStorage.Watch.Value = operation =>
        {
            if (operation.Action == StorageAction.Write && operation.Path.Contains("epoch_2", StringComparison.Ordinal))
            {
                throw new IOException("No space left on device");
            }
        };

        var end = _tiny.Run(_tiny.Options() with { Epochs = 3 });

        Assert.True(end.Completed);
        var warning = Assert.Single(_tiny.Warnings);
        Assert.Contains("Step 8 could not be saved, training goes on", warning, StringComparison.Ordinal);
        Assert.EndsWith("epoch_1.", warning, StringComparison.Ordinal);
        Assert.Equal(["epoch_1", "epoch_3"], _tiny.CheckpointNames());
    }

    [Fact]
    public void Minutes_are_counted_from_the_last_checkpoint()
    {
        var clock = new HandClock();
        var options = _tiny.Options() with { SaveEveryMinutes = 10, SaveFrequency = 100 };

        new TrainingRun(options, happened => clock.Minutes += happened is TrainingProgress ? 4 : 0, (_, _) => [], clock)
            .Run(TestContext.Current.CancellationToken);

        Assert.Equal(["epoch_2", "step_3", "step_6"], _tiny.CheckpointNames());
    }

    [Fact]
    public void Old_checkpoints_stay_until_the_new_one_is_whole()
    {
        DurableStorage.Watch.Value = operation =>
        {
            if (operation.Action == StorageAction.Sync && operation.Path.Contains("epoch_3", StringComparison.Ordinal))
            {
                throw new IOException("Input/output error");
            }
        };

        Assert.Throws<ClipException>(() => _tiny.Run(_tiny.Options() with { Epochs = 3, Keep = 2 }));

        Assert.Equal(["epoch_1", "epoch_2"], _tiny.CheckpointNames());
    }

    [Fact]
    public void A_folder_that_is_no_checkpoint_is_never_removed()
    {
        Directory.CreateDirectory(_tiny.Folder["logs/run/checkpoints/mine"]);

        _tiny.Run(_tiny.Options() with { Keep = 1 });

        Assert.Equal(["epoch_2", "mine"], _tiny.CheckpointNames());
    }

    [Fact]
    public void An_old_checkpoint_that_cannot_be_removed_is_a_warning_and_the_new_one_stays()
    {
        DurableStorage.Watch.Value = operation =>
        {
            if (operation.Action == StorageAction.Move && operation.Path.Contains("epoch_1", StringComparison.Ordinal)
                && Directory.Exists(_tiny.Folder["logs/run/checkpoints/epoch_2"]))
            {
                throw new IOException("Permission denied");
            }
        };

        var end = _tiny.Run(_tiny.Options() with { Keep = 1 });

        Assert.True(end.Completed);
        Assert.Equal("Older checkpoints could not be removed", Assert.Single(_tiny.Warnings).Split(':')[0]);
        Assert.Equal(["epoch_1", "epoch_2"], _tiny.CheckpointNames());
    }

    [Fact]
    public void Where_the_last_save_fails_the_run_does_not_say_that_it_is_safe()
    {
        DurableStorage.Watch.Value = operation =>
        {
            if (operation.Action == StorageAction.Sync && operation.Path.Contains("epoch_2", StringComparison.Ordinal))
            {
                throw new IOException("Input/output error");
            }
        };

        Assert.Equal(ClipError.InputOutput, Assert.Throws<ClipException>(() => _tiny.Run(_tiny.Options())).Kind);
        Assert.Equal(["epoch_1"], _tiny.CheckpointNames());
    }

    private sealed class HandClock : TimeProvider
    {
        public long Minutes { get; set; }

        public override long TimestampFrequency => 1;

        public override long GetTimestamp() => 60 * Minutes;
    }
}
