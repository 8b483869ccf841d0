using ClipSharp.Files.Reading;
using ClipSharp.Training.Runs;
using ClipSharp.Training.Runs.Checkpoints;

namespace ClipSharp.Training.Tests.Runs;

/// <summary>A disk that fails while a run reads its pictures.</summary>
public sealed class FailingReadTests : IDisposable
{
    private readonly TinyRun _tiny = new();
    private int _reads;

    public void Dispose()
    {
        SteadyRead.Trial.Value = null;
        _tiny.Dispose();
    }

    [Fact]
    public void A_run_stops_saved_and_a_resume_ends_in_the_weights_of_an_undisturbed_one()
    {
        var whole = _tiny.Run(_tiny.Options("whole"));
        FailFrom(15); // within the second batch

        var refusal = Assert.Throws<ClipException>(() => _tiny.Run(_tiny.Options()));

        Assert.Equal(ClipError.InputOutput, refusal.Kind);
        Assert.Contains("found the disk is away", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("--resume latest", refusal.Message, StringComparison.Ordinal);
        var saved = Checkpoint.ReadState(Checkpoint.Latest(_tiny.Checkpoints())!).Step;
        Assert.InRange(saved, 1, 3);

        SteadyRead.Trial.Value = null;
        var end = _tiny.Run(_tiny.Options() with { Resume = "latest" });
        Assert.True(end.Completed);
        Assert.Equal(TinyRun.Weights(whole.Checkpoint!), TinyRun.Weights(end.Checkpoint!));
    }

    [Fact]
    public void Where_asked_to_go_on_it_does_and_says_so_at_once()
    {
        FailFrom(15, until: 19);

        var end = _tiny.Run(_tiny.Options() with { SkipReadErrors = true });

        Assert.True(end.Completed);
        var warning = Assert.Single(_tiny.Warnings,
            text => text.StartsWith("Another picture stands in", StringComparison.Ordinal));
        Assert.Contains("the disk is away", warning, StringComparison.Ordinal);
        Assert.Contains(_tiny.Warnings, text => text.EndsWith("1 ReadFailed", StringComparison.Ordinal));
        var told = _tiny.Events.FindIndex(e => e is TrainingWarning);
        Assert.InRange(told, 0, _tiny.Events.FindLastIndex(e => e is TrainingProgress) - 1);
    }

    // A sample takes one read. One that fails is read four times. Those of the index do not count.
    private void FailFrom(int first, int until = int.MaxValue) => SteadyRead.Trial.Value = new ReadTrial(
        _ =>
        {
            var read = File.Exists(_tiny.Folder["logs/run/config.json"]) ? _reads++ : -1;
            if (read >= first && read < until)
            {
                throw new IOException("the disk is away");
            }
        },
        _ => { });
}
