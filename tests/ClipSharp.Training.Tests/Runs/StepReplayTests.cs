using ClipSharp.Torch;
using ClipSharp.Training.Runs;

namespace ClipSharp.Training.Tests.Runs;

public sealed class StepReplayTests : IDisposable
{
    private readonly TinyRun _tiny = new();

    public void Dispose() => _tiny.Dispose();

    [Theory]
    [InlineData(3, null)]
    [InlineData(4, null)]
    [InlineData(7, "epoch_1")]
    public void A_step_done_again_has_the_same_loss_and_norm_and_leaves_no_trace(int number, string? from)
    {
        _tiny.Run(_tiny.Options() with { GradClipNorm = 0.01 });
        var done = _tiny.Events.OfType<TrainingProgress>().Single(p => p.Result.Step + 1 == number).Result;
        var before = Entries();

        var report = StepReplay.Run(_tiny.Options() with { GradClipNorm = 0.01 }, number, _ => { }, default);

        Assert.Equal(done, report.Done);
        Assert.Equal(from, Path.GetFileName(report.From));
        Assert.Equal(10, report.Pairs.Count);
        Assert.All(report.Pairs, pair => Assert.NotEmpty(pair.Caption));
        // clipping taken out
        Assert.Equal(done.GradientNorm, Math.Sqrt(report.Gradients.Sum(g => g.Norm * g.Norm)), 1e-4 * done.GradientNorm);
        Assert.Equal(before, Entries());

        List<(string, DateTime)> Entries() =>
            [.. Directory.EnumerateFiles(_tiny.Folder["logs/run"], "*", SearchOption.AllDirectories)
            .Order().Select(file => (file, File.GetLastWriteTimeUtc(file)))];
    }

    [Theory]
    [InlineData(null)]
    [InlineData(0.01)]
    public void Gradients_of_16_bits_are_shown_without_the_loss_scale_too(double? clip)
    {
        var options = _tiny.Options() with
        {
            Epochs = 4,
            Precision = NumberFormat.Fp16,
            TextWeights = TextWeights.Fp16Sr,
            GradClipNorm = clip,
        };
        _tiny.Run(options);
        var done = _tiny.Events.OfType<TrainingProgress>().Select(p => p.Result).First(result => !result.Skipped);

        var report = StepReplay.Run(options, done.Step + 1, _ => { }, default);

        Assert.Equal(done, report.Done);
        Assert.Equal(report.Done.GradientNorm, Math.Sqrt(report.Gradients.Sum(g => g.Norm * g.Norm)),
            1e-4 * report.Done.GradientNorm);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(9)]
    public void There_are_no_steps_outside_the_run(int number)
    {
        _tiny.Run(_tiny.Options());

        Assert.Equal(ClipError.Usage,
            Assert.Throws<ClipException>(() => StepReplay.Run(_tiny.Options(), number, _ => { }, default)).Kind);
    }

    [Fact]
    public void Options_that_do_not_hold_are_refused_first() =>
        Assert.Contains("--lr 2 is not", Assert.Throws<ClipException>(
            () => StepReplay.Run(_tiny.Options() with { Lr = 2, Name = "another" }, 1, _ => { }, default)).Message,
                StringComparison.Ordinal);

    [Fact]
    public void It_stops_on_the_way_to_its_step()
    {
        _tiny.Run(_tiny.Options());
        using var stop = new CancellationTokenSource();
        var told = new List<string>();

        Assert.Throws<OperationCanceledException>(() => StepReplay.Run(_tiny.Options(), 4, Tell, stop.Token));
        Assert.Single(told, text => text.StartsWith("Step ", StringComparison.Ordinal));

        void Tell(TrainingEvent happened)
        {
            told.Add(happened.ToString());
            if (told[^1].StartsWith("Step 1:", StringComparison.Ordinal))
            {
                stop.Cancel();
            }
        }
    }

    [Fact]
    public void A_run_that_is_not_there_cannot_be_replayed()
    {
        var unnamed = Assert.Throws<ClipException>(
            () => StepReplay.Run(_tiny.Options() with { Name = null }, 1, _ => { }, default));
        Assert.Contains("no --name", unnamed.Message, StringComparison.Ordinal);

        var missing = Assert.Throws<ClipException>(
            () => StepReplay.Run(_tiny.Options() with { Name = "another" }, 1, _ => { }, default));
        Assert.Equal(ClipError.NoInput, missing.Kind);
    }

    [Fact]
    public void Another_run_cannot_be_replayed_in_its_name()
    {
        _tiny.Run(_tiny.Options());

        var refused = Assert.Throws<ClipException>(() => StepReplay.Run(_tiny.Options() with { Lr = 0.5 }, 6, _ => { }, default));
        Assert.Contains("lr: 0.01 -> 0.5", refused.Message, StringComparison.Ordinal);
    }
}
