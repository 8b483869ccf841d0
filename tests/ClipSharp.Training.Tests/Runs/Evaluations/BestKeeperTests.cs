using ClipSharp.Files;
using ClipSharp.Models.Layouts;
using ClipSharp.Training.Runs;
using ClipSharp.Training.Runs.Checkpoints;
using ClipSharp.Training.Runs.Evaluations;

namespace ClipSharp.Training.Tests.Runs.Evaluations;

public sealed class BestKeeperTests : IDisposable
{
    private readonly TinyRun _tiny = new();

    private TrainOptions Options => _tiny.Options() with { EvalSteps = 1, BestMetric = "quality" };

    private string Best => Path.Combine(_tiny.Checkpoints(), "best");

    public void Dispose()
    {
        DurableStorage.Watch.Value = null;
        _tiny.Dispose();
    }

    [Theory]
    [InlineData(false, 4, 0.2, 0.5, 0.4, 0.7, 0.3, 0.6, 0.1, 0.5)]
    [InlineData(false, 2, 0.2, 0.5, 0.4, 0.5, 0.3, 0.5, 0.1, 0.5)] // of equal ones the first
    [InlineData(false, 1, 0.9, 0.5, 0.4, 0.5, 0.3, 0.5, 0.1, 0.5)]
    [InlineData(true, 7, 9.0, 8.0, 8.5, 7.0, 7.5, 7.0, 1.0, 2.0)]
    [InlineData(true, 3, 9.0, 8.0, 2.0, 7.0, 7.5, 7.0, 2.0, 2.0)]
    [InlineData(false, 3, double.NaN, double.PositiveInfinity, 0.1, double.NaN, 0.0, 0.0, 0.0, 0.0)]
    [InlineData(true, 3, double.NaN, double.NegativeInfinity, 0.1, double.NaN, 1.0, 1.0, 1.0, 1.0)]
    public void The_best_model_is_kept(bool lowerIsBetter, long expected, params double[] values)
    {
        var end = _tiny.Run(Options with { SaveEverySteps = 1 }, evaluate: Gives(lowerIsBetter, values));

        var best = new BestCheckpoint
        {
            Metric = "quality",
            Value = values[expected - 1],
            Step = expected,
            Epoch = expected / 4.0,
        };
        Assert.Equal(best, BestCheckpoint.Read(_tiny.Checkpoints()));
        Assert.Equal(best, end.Best);
        Assert.Null(Checkpoint.Fault(Best, default));
        Assert.Equal(expected, Checkpoint.ReadState(Best).Step);

        // As evaluated: the averages, which checkpoints have, too.
        var same = Path.Combine(_tiny.Checkpoints(), expected % 4 == 0 ? $"epoch_{expected / 4}" : $"step_{expected}");
        Assert.Equal(TinyRun.Weights(same), TinyRun.Weights(Best));
        Assert.Equal($"best: {best}, {Best}", Assert.IsType<TrainingNote>(_tiny.Events[^1]).Text);
    }

    [Fact]
    public void Without_a_finite_value_there_is_none_and_that_is_said()
    {
        var end = _tiny.Run(Options, evaluate: Gives(false, [.. Enumerable.Repeat(double.NaN, 8)]));

        Assert.True(end.Completed);
        Assert.Null(end.Best);
        Assert.False(Directory.Exists(Best));
        Assert.Equal("best: none yet, no evaluation gave a finite quality", _tiny.Events[^1].ToString());
        Assert.DoesNotContain("eval", File.ReadAllText(_tiny.Folder["logs/run/metrics.jsonl"]), StringComparison.Ordinal);
    }

    [Fact]
    public void Old_checkpoints_go_and_the_best_stays()
    {
        _tiny.Run(Options with { SaveEverySteps = 1, Keep = 1 }, evaluate: Gives(false, 0, 1, 0, 0, 0, 0, 0, 0));
        Assert.Equal(["best", "epoch_2"], _tiny.CheckpointNames());
    }

    [Fact]
    public void A_resume_knows_the_best_so_far()
    {
        using var stop = new CancellationTokenSource();
        _tiny.Run(Options, StopAt(5, stop), Gives(false, 0, 1, 0, 0, 0, 0, 0, 0), stop.Token);

        var end = _tiny.Run(Options with { Resume = "latest" }, evaluate: Gives(false, 0, 0, 0, 0, 0, 0.9, 1, 0));

        Assert.Equal((true, 2L), (end.Completed, end.Best!.Step));
        Assert.Empty(_tiny.Warnings);
    }

    [Fact]
    public void A_better_one_after_a_resume_takes_its_place()
    {
        using var stop = new CancellationTokenSource();
        _tiny.Run(Options, StopAt(5, stop), Gives(false, 0, 1, 0, 0, 0, 0, 0, 0), stop.Token);

        var end = _tiny.Run(Options with { Resume = "latest" }, evaluate: Gives(false, 0, 0, 0, 0, 0, 1.1, 0, 0));

        Assert.Equal(6, end.Best!.Step);
        Assert.Equal(6, Checkpoint.ReadState(Best).Step);
    }

    [Theory]
    [InlineData("best.next.", StorageAction.CreateFolder)] // before a byte of it is written
    [InlineData("best.next.", StorageAction.Move)] // before it has its name
    [InlineData("best", StorageAction.Move)] // before the old one goes
    [InlineData("best.next", StorageAction.Move)] // between the old one and the new one
    [InlineData("best.", StorageAction.Delete)] // while the old one goes
    public void Killed_while_it_is_kept_the_best_is_the_old_or_the_new_one_and_the_resume_ends_as_an_unbroken_run(
        string place, object action)
    {
        var values = Gives(false, 0.1, 0.2, 0.3, 0.4, 0.5, 0.9, 0.8, 0.7);
        _tiny.Run(Options with { Name = "whole" }, evaluate: values);
        var step = 0L;
        DurableStorage.Watch.Value = operation =>
        {
            var name = Path.GetRelativePath(_tiny.Checkpoints(), operation.Path).Replace(Path.DirectorySeparatorChar, '/');
            var isThere = place.EndsWith('.') ? name.StartsWith(place, StringComparison.Ordinal)
                && (place != "best." || !name.StartsWith("best.next", StringComparison.Ordinal)) : name == place;
            if (step == 6 && isThere && operation.Action == (StorageAction)action)
            {
                throw new InvalidOperationException(); // killed
            }
        };
        Assert.Throws<InvalidOperationException>(() => _tiny.Run(Options, evaluate: (trained, cancel) =>
        {
            step = trained.Step;
            return values(trained, cancel);
        }));
        DurableStorage.Watch.Value = null;

        var standing = ModelPlace.Of(Best);
        Assert.Null(Checkpoint.Fault(standing, default));
        Assert.InRange(Checkpoint.ReadState(standing).Step, 5, 6);
        Assert.DoesNotContain("\"step\":6,\"eval\"", File.ReadAllText(_tiny.Folder["logs/run/metrics.jsonl"]),
            StringComparison.Ordinal);

        _tiny.Run(Options with { Resume = "latest" }, evaluate: values);

        var whole = _tiny.Checkpoints("whole");
        Assert.Equal(BestCheckpoint.Read(whole), BestCheckpoint.Read(_tiny.Checkpoints()));
        Assert.Equal(TinyRun.Weights(Path.Combine(whole, "best")), TinyRun.Weights(Best));
        Assert.Equal(["best", "epoch_1", "epoch_2"], _tiny.CheckpointNames());
    }

    [Fact]
    public void A_best_one_that_cannot_be_written_is_a_warning_and_the_old_one_stays()
    {
        var step = 0L;
        DurableStorage.Watch.Value = operation =>
        {
            if (step == 3 && operation.Path.Contains("best", StringComparison.Ordinal))
            {
                throw new IOException("full");
            }
        };
        var values = Gives(false, 0.1, 0.2, 0.3, 0.25, 0, 0, 0, 0);
        var end = _tiny.Run(Options, evaluate: (trained, cancel) =>
        {
            step = trained.Step;
            return values(trained, cancel);
        });

        Assert.Contains("Step 3 could not be kept as the best, training goes on: ", Assert.Single(_tiny.Warnings),
            StringComparison.Ordinal);
        Assert.Equal((4L, 0.25), (end.Best!.Step, end.Best.Value)); // better than what is there
    }

    [Fact]
    public void A_metric_that_no_evaluation_gives_ends_the_run_saved_at_the_first_and_the_resume_may_name_another()
    {
        var refused = Assert.Throws<ClipException>(() => _tiny.Run(Options with { BestMetric = "qualty" }));

        Assert.Equal(ClipError.Usage, refused.Kind);
        Assert.Contains("(--best-metric): found qualty, expected quality.", refused.Message, StringComparison.Ordinal);
        Assert.Equal(1, Checkpoint.ReadState(Checkpoint.Latest(_tiny.Checkpoints())!).Step);

        var end = _tiny.Run(Options with { Resume = "latest" });
        Assert.Equal((true, 1L), (end.Completed, end.Best!.Step));
        Assert.Equal(8, _tiny.Events.OfType<TrainingEvaluated>().Count()); // the first was made up for
    }

    [Fact]
    public void A_metric_of_a_set_that_is_not_due_yet_is_waited_for()
    {
        var end = _tiny.Run(_tiny.Options() with
        {
            BestMetric = "val/acc1",
            ValData = "val",
            ValFrequency = 2,
        }, evaluate: (trained, _) => trained.Epoch == 2 ? [new("val/acc1", 1)] : [new("test/acc1", 1)]);

        Assert.Equal((true, 8L), (end.Completed, end.Best!.Step));
    }

    [Fact]
    public void Where_a_part_could_not_be_evaluated_nobody_says_that_there_is_no_such_metric()
    {
        var end = _tiny.Run(Options, evaluate: (trained, _) =>
        {
            if (trained.Step < 3)
            {
                trained.Warn("a disk fails");
                return [new("other", 1)];
            }

            return [new("other", 1), new("quality", 1)];
        });

        Assert.Equal((true, 3L), (end.Completed, end.Best!.Step));
        Assert.Equal("Step 1 could not be evaluated, training goes on: a disk fails", _tiny.Warnings.First());
    }

    [Fact]
    public void By_another_metric_it_begins_anew_and_that_is_said()
    {
        using var stop = new CancellationTokenSource();
        _tiny.Run(Options, StopAt(5, stop), Gives(false, 0, 1, 0, 0, 0, 0, 0, 0), stop.Token);

        var end = _tiny.Run(Options with { Resume = "latest", BestMetric = "loss" }, evaluate: (trained, _) =>
            [new("quality", 9), new("loss", trained.Step, LowerIsBetter: true)]);

        Assert.Equal("loss 6 at step 6 (epoch 1.5)", end.Best!.ToString());
        Assert.StartsWith("The best so far is quality 1 at step 2 (epoch 0.5); by loss it begins anew",
            Assert.Single(_tiny.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void Measured_on_data_of_another_name_the_best_so_far_stays_and_that_is_said()
    {
        using var stop = new CancellationTokenSource();
        _tiny.Run(Options, StopAt(5, stop), Gives(false, 0, 1, 0, 0, 0, 0, 0, 0), stop.Token);

        var end = _tiny.Run(Options with { Resume = "latest", EvalData = "other" },
            evaluate: Gives(false, 0, 0, 0, 0, 0, 0, 0, 0));

        Assert.Equal(2, end.Best!.Step);
        Assert.Contains("was measured on data by other names", Assert.Single(_tiny.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void Where_nothing_else_was_saved_yet_the_run_goes_on_from_the_best()
    {
        Assert.Throws<InvalidOperationException>(() => _tiny.Run(Options with { SaveFrequency = 100 }, evaluate: (trained, _) =>
            trained.Step < 3 ? [new("quality", trained.Step)] : throw new InvalidOperationException()));
        Assert.Equal(["best"], _tiny.CheckpointNames());

        var refused = Assert.Throws<ClipException>(() => _tiny.Run(Options));
        Assert.Contains("the checkpoint best", refused.Message, StringComparison.Ordinal);

        Assert.True(_tiny.Run(Options with { Resume = "latest" }).Completed);
        Assert.Contains(_tiny.Events, e => e.ToString() == $"Resumed at step 2 from {Best}");
        Assert.Equal(["best", "epoch_1", "epoch_2"], _tiny.CheckpointNames());
    }

    [Fact]
    public void A_resume_goes_on_from_the_newest_of_the_others()
    {
        Assert.Throws<InvalidOperationException>(() => _tiny.Run(Options, evaluate: (trained, _) =>
            trained.Step < 7 ? [new("quality", trained.Step)] : throw new InvalidOperationException()));
        Assert.Equal(6, Checkpoint.ReadState(Best).Step);

        _tiny.Run(Options with { Resume = "latest" });

        Assert.Contains(_tiny.Events, e => e.ToString() == $"Resumed at step 4 from {_tiny.Checkpoints()}/epoch_1");
    }

    [Fact]
    public void A_best_one_that_cannot_be_told_is_refused()
    {
        using var stop = new CancellationTokenSource();
        _tiny.Run(Options, StopAt(5, stop), cancel: stop.Token);
        File.WriteAllText(Path.Combine(Best, "training/best.json"), "{}");

        var refused = Assert.Throws<ClipException>(() => _tiny.Run(Options with { Resume = "latest" }));

        Assert.Equal(ClipError.Data, refused.Kind);
        Assert.Contains("best.json", refused.Message, StringComparison.Ordinal);
    }

    // Values of the steps 1, 2, ...
    private static ModelEvaluation Gives(bool lowerIsBetter, params double[] values) =>
        (trained, _) => [new("quality", values[trained.Step - 1], lowerIsBetter)];

    private static Action<TrainingEvent> StopAt(int step, CancellationTokenSource stop) => happened =>
    {
        if (happened is TrainingProgress progress && progress.Result.Step + 1 == step)
        {
            stop.Cancel();
        }
    };
}
