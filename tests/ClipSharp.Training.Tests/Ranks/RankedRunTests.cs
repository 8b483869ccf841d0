using ClipSharp.Models;
using ClipSharp.Training.Ranks;
using ClipSharp.Training.Ranks.Nccl;
using ClipSharp.Training.Runs;
using ClipSharp.Training.Runs.Checkpoints;
using ClipSharp.Training.Runs.Evaluations;
using ClipSharp.Training.Tests.Ranks.Nccl;
using ClipSharp.Training.Tests.Runs;

namespace ClipSharp.Training.Tests.Ranks;

/// <summary>Whole runs of several processes, here threads: what they learn, how they stop, go on and fail together.</summary>
public sealed class RankedRunTests : IDisposable
{
    private readonly TinyRun _tiny = new();

    public void Dispose() => _tiny.Dispose();

    [Fact]
    public void Two_learn_what_one_learns_and_the_first_alone_writes_and_tells()
    {
        var one = _tiny.Run(Options("one"));

        var told = new int[2];
        var ends = ThreadRanks.Run(2, ranks => Run(Options("two"), ranks, _ => told[ranks.Rank]++));

        Assert.All(ends, end => Assert.Equal((8L, true), (end.Steps, end.Completed)));
        Assert.InRange(Farthest(one.Checkpoint!, ends[0].Checkpoint!), 0, 1e-5);
        Assert.True(told[0] > 8);
        Assert.Equal(0, told[1]);
        Assert.True(File.Exists(_tiny.Folder["logs/two/completed.json"]));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void So_do_two_whose_gradients_go_by_NCCL(bool isSharded)
    {
        var options = Options("two") with { ShardOptimizer = isSharded };
        var one = _tiny.Run(Options("one"));

        var ends = ThreadRanks.Run(2, host => Run(options, new HostAndCards(host, NcclLaunch.Join(host, StandInNccl.Library,
            NcclRanks.Card(host.Rank, tensor => tensor.dtype == TorchSharp.torch.ScalarType.Float32), _ => { }))));

        Assert.InRange(Farthest(one.Checkpoint!, ends[0].Checkpoint!), 0, 1e-5);
    }

    [Theory]
    [InlineData(OptimizerState.Fp32, 2, 2, 0)]
    [InlineData(OptimizerState.Bf16, 2, 2, 0)]
    [InlineData(OptimizerState.Fp32, 2, 1, 1e-5)]
    [InlineData(OptimizerState.Fp16, 2, 5, 1e-4)]
    [InlineData(OptimizerState.Fp16Jukebox, 1, 2, 1e-4)]
    public void A_run_with_shares_goes_on_with_any_number(OptimizerState state, int before, int after, double bound)
    {
        var options = Options("run") with { ShardOptimizer = true, OptimizerState = state };
        var whole = ThreadRanks.Run(before, ranks => Run(options with { Name = "whole" }, ranks))[0];

        var half = ThreadRanks.Run(before, ranks => RunTo(4, options, ranks))[0];
        var end = ThreadRanks.Run(after, ranks => Run(options with { Resume = "latest" }, ranks))[0];

        Assert.Equal((4, 8, true), (half.Steps, end.Steps, end.Completed));
        Assert.InRange(Farthest(whole.Checkpoint!, end.Checkpoint!), 0, bound);
    }

    [Fact]
    public void Who_is_asked_to_stop_stops_all_at_the_same_step()
    {
        using var stop = new CancellationTokenSource();
        // The first hears of its own steps, the second of the wish.
        var ends = ThreadRanks.Run(2, ranks => Run(Options("run"), ranks, happened => CancelAt(3, happened, stop),
            cancel: ranks.Rank == 1 ? stop.Token : CancellationToken.None));

        Assert.Equal(ends[0].Steps, ends[1].Steps);
        Assert.InRange(ends[0].Steps, 3, 7);
        Assert.False(ends[0].Completed);
        Assert.Equal(ends[0].Steps, Checkpoint.ReadState(ends[1].Checkpoint!).Step);
        Assert.False(File.Exists(_tiny.Folder["logs/run/completed.json"]));
    }

    [Fact]
    public void The_best_model_is_kept_with_the_shares_of_all()
    {
        var options = Options("run") with { ShardOptimizer = true, BestMetric = "quality", EvalSteps = 1 };
        var ends = ThreadRanks.Run(2, ranks => Run(options, ranks, evaluate: trained => 10 - Math.Abs(trained.Step - 3)));

        Assert.Equal(3, ends[0].Best!.Step);
        var best = Path.Combine(_tiny.Checkpoints(), "best");
        Assert.Equal(3, Checkpoint.ReadState(best).Step);
        var on = Options("on") with { ShardOptimizer = true, Resume = best };
        Assert.True(ThreadRanks.Run(2, ranks => Run(on, ranks))[0].Completed);
    }

    [Fact]
    public void A_batch_that_cannot_be_shared_is_refused()
    {
        var refused = Assert.Throws<AggregateException>(
            () => ThreadRanks.Run(2, ranks => Run(Options("run") with { BatchSize = 9 }, ranks)));

        Assert.All(refused.InnerExceptions, each => Assert.StartsWith("The batch cannot be shared (--batch-size): found 9 for 2 "
            + "processes", each.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void Other_data_at_one_process_is_refused_by_all()
    {
        var refused = ThreadRanks.Run(2, ranks =>
        {
            var told = Record.Exception(() => ranks.RequireSame("The training data", ranks.Rank == 0 ? "abc" : "abd"));
            Assert.Null(Record.Exception(() => ranks.RequireSame("The tokenizer", "same")));
            return (ClipException)told!;
        });

        Assert.All(refused, each => Assert.StartsWith(
            "The training data differ between processes (rank 1): found abd, expected abc", each.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void What_one_cannot_do_all_are_told()
    {
        var told = ThreadRanks.Run(3, ranks => ranks.FirstRefusal(ranks.Rank == 1
            ? new ClipException(ClipError.InputOutput, "A disk failed", "0.tar", "EIO", "bytes", "Look at it.") : null)!);

        Assert.All(told, each => Assert.Equal(ClipError.InputOutput, each.Kind));
        Assert.StartsWith("A disk failed (0.tar)", told[1].Message, StringComparison.Ordinal);
        Assert.StartsWith("Another process cannot go on (rank 1): found A disk failed (0.tar)", told[2].Message,
            StringComparison.Ordinal);
        Assert.All(ThreadRanks.Run(2, ranks => ranks.FirstRefusal(null)), Assert.Null);
    }

    // Epsilon keeps what is next to nothing from being divided by next to nothing.
    private TrainOptions Options(string name) => _tiny.Options(name) with { EmaDecay = 0, Lr = 1e-3, Eps = 1e-3 };

    private static TrainingEnd RunTo(int step, TrainOptions options, ICollective ranks)
    {
        using var stop = new CancellationTokenSource();
        return Run(options, ranks, happened => CancelAt(step, happened, stop), cancel: stop.Token);
    }

    private static void CancelAt(int step, TrainingEvent happened, CancellationTokenSource stop)
    {
        if (happened is TrainingProgress progress && progress.Result.Step + 1 == step)
        {
            stop.Cancel();
        }
    }

    private static TrainingEnd Run(TrainOptions options, ICollective ranks, Action<TrainingEvent>? sink = null,
        Func<TrainedModel, double>? evaluate = null, CancellationToken cancel = default) => new TrainingRun(options, sink,
            (trained, _) => evaluate is null ? [] : [new EvaluatedValue("quality", evaluate(trained))], TimeProvider.System,
            ranks: ranks).Run(cancel);

    private static double Farthest(string one, string other)
    {
        using var left = ModelFiles.Open(one).OpenWeights();
        using var right = ModelFiles.Open(other).OpenWeights();
        return left.Tensors.Max(tensor =>
        {
            var (a, b) = (tensor.Value.ReadFloats(), right.Tensors[tensor.Key].ReadFloats());
            return a.Zip(b).Max(pair => Math.Abs((double)pair.First - pair.Second));
        });
    }
}
