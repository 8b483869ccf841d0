using ClipSharp.Text;
using ClipSharp.Training.Losses;
using ClipSharp.Training.Ranks;
using ClipSharp.Training.Runs;

namespace ClipSharp.Training.Tests.Runs;

public sealed class RunWatchTests
{
    private const int Batch = 8;
    private readonly List<string> _said = [];
    private RunWatch _watch;
    private long _step;

    public RunWatchTests() => _watch = Watch(new TrainOptions { BatchSize = Batch });

    [Fact]
    public void A_healthy_run_is_not_talked_of()
    {
        Step(400, waited: 0.49);
        Assert.Empty(_said);
    }

    [Fact]
    public void A_loss_of_guessing_is_told_after_warm_up()
    {
        Step(150, loss: Math.Log(Batch) + 0.01);
        Assert.Empty(_said);
        Step(50, loss: Math.Log(Batch) + 0.01);
        Assert.Contains("the loss is 2.089, that of guessing (2.079)", Assert.Single(_said), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(100, "at its limit of 100 in 50 of 50 steps")]
    [InlineData(1.5, "the logit scale is 1.50, below 2")]
    public void A_logit_scale_at_its_ends_is_told(double scale, string expected)
    {
        Step(50, scale: scale);
        Assert.Contains(expected, Assert.Single(_said), StringComparison.Ordinal);
    }

    [Fact]
    public void The_limit_is_that_of_the_run()
    {
        _watch = Watch(new TrainOptions { BatchSize = Batch, LogitScaleMax = 20 });
        Step(50, scale: 20);
        Assert.Contains("at its limit of 20 in 50", Assert.Single(_said), StringComparison.Ordinal);
    }

    [Fact]
    public void A_sigmoid_loss_has_no_loss_of_guessing()
    {
        _watch = Watch(new TrainOptions { BatchSize = Batch, Siglip = true });
        Step(300, loss: Math.Log(Batch));
        Assert.Empty(_said);
    }

    [Fact]
    public void Many_cut_captions_are_told()
    {
        Step(50, filled: 2);
        Assert.Contains("25 % of captions fill all 5 tokens", Assert.Single(_said), StringComparison.Ordinal);
    }

    [Fact]
    public void Duplicates_in_a_batch_are_told()
    {
        Step(50, equal: 2);
        Assert.Contains("12.5 % of captions occur twice", Assert.Single(_said), StringComparison.Ordinal);
    }

    [Fact]
    public void Duplicates_that_the_loss_knows_are_not_told()
    {
        _watch = Watch(new TrainOptions { BatchSize = Batch, MultiPositive = true });
        Step(50, equal: 2);
        Assert.Empty(_said);
    }

    [Fact]
    public void Waiting_for_data_most_of_the_time_is_told()
    {
        Step(50, waited: 0.51);
        Assert.Contains("waits for data 51 % of the time", Assert.Single(_said), StringComparison.Ordinal);
    }

    [Fact]
    public void Each_thing_is_said_once_in_a_thousand_steps()
    {
        Step(1000, scale: 100);
        Assert.Single(_said);
        Step(100, scale: 100);
        Assert.Equal(2, _said.Count);
    }

    private RunWatch Watch(TrainOptions options) =>
        new(options, PairLosses.Of(options, new SingleProcess()).OfGuessing(Batch), warmup: 100,
            happened => _said.Add(((TrainingWarning)happened).Text));

    private void Step(int times, double loss = 1, double scale = 20, int filled = 0, int equal = 0, double waited = 0)
    {
        for (var i = 0; i < times; i++)
        {
            var ids = new int[Batch * 5];
            var ends = new int[Batch];
            for (var row = 0; row < Batch; row++)
            {
                ids[row * 5] = row < equal ? 99 : row; // the others differ
                ends[row] = row < filled ? 4 : 3;
            }

            _watch.After(new StepDone(_step++, loss, 1e-3, scale, 1, Skipped: false), new TokenBatch(ids, 5, ends),
                TimeSpan.FromSeconds(waited), TimeSpan.FromSeconds(1));
        }
    }
}
