using ClipSharp.Training.Runs;
using ClipSharp.Training.Runs.Evaluations;

namespace ClipSharp.Training.Tests.Runs.Evaluations;

public sealed class ScheduledEvaluationTests : IDisposable
{
    private readonly TinyRun _tiny = new();

    public void Dispose() => _tiny.Dispose();

    [Theory]
    [InlineData(0, "4 1, 8 2 last")] // after epochs
    [InlineData(3, "3 0, 6 1, 8 2 last")]
    [InlineData(4, "4 1, 8 2 last")]
    [InlineData(100, "8 2 last")]
    public void Evaluations_come_after_epochs_or_every_so_many_steps_and_at_the_end(int steps, string expected)
    {
        var seen = new List<string>();
        _tiny.Run(_tiny.Options() with { EvalSteps = steps }, evaluate: (trained, _) =>
        {
            seen.Add($"{trained.Step} {trained.Epoch}{(trained.Last ? " last" : "")}");
            return [new("quality", 1)];
        });

        Assert.Equal(expected, string.Join(", ", seen));
        Assert.Equal(expected.Split(", ").Select(at => long.Parse(at.Split(' ')[0], null)),
            _tiny.Events.OfType<TrainingEvaluated>().Select(evaluated => evaluated.Step));
    }

    [Fact]
    public void Within_an_epoch_the_line_says_the_step()
    {
        _tiny.Run(_tiny.Options() with { EvalSteps = 3 });
        Assert.Equal(["epoch 0.75, step 3: quality 0.5", "epoch 1.5, step 6: quality 0.5", "epoch 2: quality 0.5"],
            _tiny.Events.OfType<TrainingEvaluated>().Select(evaluated => evaluated.ToString()));
    }

    [Theory]
    [InlineData(Break.StoppedBetween)]
    [InlineData(Break.StoppedInEvaluation)]
    [InlineData(Break.KilledInEvaluation)]
    [InlineData(Break.KilledAfterEvaluation)]
    [InlineData(Break.KilledBeforeACheckpoint)]
    public void Broken_and_resumed_a_run_has_the_evaluations_of_an_unbroken_one(Break how)
    {
        var options = _tiny.Options() with { EvalSteps = 3 };
        _tiny.Run(options with { Name = "whole" }, evaluate: (trained, _) => Scale(trained));

        using var stop = new CancellationTokenSource();
        try
        {
            _tiny.Run(options, Told, Evaluated, stop.Token);
        }
        catch (InvalidOperationException)
        {
            // killed
        }

        Assert.True(_tiny.Run(options with { Resume = "latest" }, evaluate: (trained, _) => Scale(trained)).Completed);
        Assert.Equal(Lines("whole"), Lines("run"));

        IReadOnlyList<EvaluatedValue> Evaluated(TrainedModel trained, CancellationToken cancel)
        {
            if (trained.Step == 6 && how == Break.StoppedInEvaluation)
            {
                stop.Cancel();
                cancel.ThrowIfCancellationRequested();
            }

            return trained.Step == 6 && how == Break.KilledInEvaluation ? throw new InvalidOperationException() : Scale(trained);
        }

        void Told(TrainingEvent happened)
        {
            var step = (happened as TrainingProgress)?.Result.Step + 1;
            if (how == Break.StoppedBetween && step == 5)
            {
                stop.Cancel();
            }

            if ((how == Break.KilledAfterEvaluation && step == 7) || (how == Break.KilledBeforeACheckpoint && step == 4))
            {
                throw new InvalidOperationException();
            }
        }
    }

    // What weights that are trained gave.
    private static IReadOnlyList<EvaluatedValue> Scale(TrainedModel trained) => [new("scale", trained.Encoder.Logits.Scale)];

    private List<string> Lines(string name) => [.. File.ReadLines(_tiny.Folder[$"logs/{name}/metrics.jsonl"])
        .Where(line => line.Contains("\"eval\"", StringComparison.Ordinal))];

    public enum Break
    {
        StoppedBetween,
        StoppedInEvaluation,
        KilledInEvaluation,
        KilledAfterEvaluation,
        KilledBeforeACheckpoint,
    }
}
