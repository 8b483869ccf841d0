using ClipSharp.Training.Runs;
using ClipSharp.Training.Runs.Checkpoints;

namespace ClipSharp.Training.Tests.Runs.Checkpoints;

public sealed class CheckpointTests : IDisposable
{
    private readonly TinyRun _tiny = new();

    public static TheoryData<string> Files =>
        ["open_clip_model.safetensors", "open_clip_config.json", "vocab.json", "merges.txt", "training/state.safetensors",
            "training/state.json"];

    public void Dispose() => _tiny.Dispose();

    [Theory]
    [MemberData(nameof(Files))]
    public void A_damaged_checkpoint_is_told_and_the_one_before_it_is_taken(string file)
    {
        var whole = _tiny.Run(_tiny.Options());
        TinyRun.Damage(Path.Combine(whole.Checkpoint!, file));

        var again = _tiny.Run(_tiny.Options() with { Resume = "latest" });

        Assert.Single(_tiny.Warnings, w => w.Contains("epoch_2 is damaged", StringComparison.Ordinal));
        Assert.Contains(_tiny.Events,
            e => e is TrainingNote { Text: var text } && text.Contains("Resumed at step 4", StringComparison.Ordinal));
        Assert.Equal(8, again.Steps);
        Assert.Null(Checkpoint.Fault(again.Checkpoint!, default)); // the damaged one was replaced
    }

    [Fact]
    public void A_state_that_the_disk_does_not_give_is_damage()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "A file that exists and cannot be read needs Linux's /proc.");
        var whole = _tiny.Run(_tiny.Options());
        var state = Path.Combine(whole.Checkpoint!, "training/state.json");
        File.Delete(state);
        File.CreateSymbolicLink(state, "/proc/self/clear_refs"); // cannot be read, by nobody

        _tiny.Run(_tiny.Options() with { Resume = "latest" });

        Assert.Single(_tiny.Warnings, w => w.Contains("epoch_2 is damaged", StringComparison.Ordinal));
        Assert.Contains(_tiny.Events,
            e => e is TrainingNote { Text: var text } && text.Contains("Resumed at step 4", StringComparison.Ordinal));
    }

    [Fact]
    public void A_folder_that_is_no_checkpoint_is_refused_by_name()
    {
        var refused = Assert.Throws<ClipException>(() => Checkpoint.ReadState(_tiny.Folder["elsewhere"]));

        Assert.Equal(ClipError.NoInput, refused.Kind);
        Assert.Contains("elsewhere", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_damaged_checkpoint_is_refused_by_name()
    {
        var end = _tiny.Run(_tiny.Options());
        TinyRun.Damage(Path.Combine(end.Checkpoint!, "training/state.safetensors"));

        var refused = Assert.Throws<ClipException>(() => _tiny.Run(_tiny.Options() with { Resume = end.Checkpoint }));

        Assert.Equal(ClipError.Data, refused.Kind);
        Assert.Contains("training/state.safetensors has other bytes than were written", refused.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_manifest_or_file_is_damage()
    {
        var end = _tiny.Run(_tiny.Options());
        File.Delete(Path.Combine(end.Checkpoint!, "merges.txt"));
        Assert.Equal("merges.txt is missing", Checkpoint.Fault(end.Checkpoint!, default));
        File.Delete(Path.Combine(end.Checkpoint!, "training/manifest.json"));
        Assert.Equal("training/manifest.json is missing", Checkpoint.Fault(end.Checkpoint!, default));
    }

    [Fact]
    public void Where_every_checkpoint_is_damaged_the_run_does_not_begin_anew()
    {
        var end = _tiny.Run(_tiny.Options() with { Epochs = 1 });
        TinyRun.Damage(Path.Combine(end.Checkpoint!, "training/state.safetensors"));

        var refused = Assert.Throws<ClipException>(() => _tiny.Run(_tiny.Options() with { Epochs = 1, Resume = "latest" }));

        Assert.Contains("No checkpoint is whole", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Going_on_before_a_newer_checkpoint_of_the_same_run_is_refused()
    {
        _tiny.Run(_tiny.Options());

        var refused = Assert.Throws<ClipException>(
            () => _tiny.Run(_tiny.Options() with
            {
                Resume = Path.Combine(_tiny.Checkpoints(), "epoch_1"),
                AllowChange = true,
                Lr = 1
            }));

        Assert.Contains("newer checkpoints", refused.Message, StringComparison.Ordinal);
    }
}
