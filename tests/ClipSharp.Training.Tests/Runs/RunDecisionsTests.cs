using System.Text.Json.Nodes;
using ClipSharp.Torch;
using ClipSharp.Training.Runs;
using ClipSharp.Training.Runs.Checkpoints;

namespace ClipSharp.Training.Tests.Runs;

/// <summary>What a run leaves to the machine, and what of it a resume keeps.</summary>
public sealed class RunDecisionsTests : IDisposable
{
    private readonly TinyRun _tiny = new();

    public void Dispose() => _tiny.Dispose();

    private TrainOptions Left => _tiny.Options() with
    {
        Precision = NumberFormat.Auto,
        MicroBatch = TrainOptions.AutoMicroBatch,
        Resume = "latest",
    };

    private IEnumerable<string> Notes => _tiny.Events.OfType<TrainingNote>().Select(note => note.Text);

    [Fact]
    public void A_run_that_leaves_its_precision_to_the_machine_says_why_it_is_this_one()
    {
        _tiny.RunUntil(1, Left with { Resume = null });

        Assert.Contains($"({Precision.Parse("auto").Reason}),", Told("Precision:"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_resumed_run_keeps_what_it_began_with_and_says_so()
    {
        _tiny.RunUntil(1, _tiny.Options() with { MicroBatch = 3 });

        var kept = Checkpoint.ReadState(_tiny.Run(Left).Checkpoint!).Options;

        Assert.Equal((NumberFormat.Fp32, 3), (kept.Precision, kept.MicroBatch));
        Assert.Contains("fp32 (as the run began)", Told("Precision:"), StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_checkpoint_of_an_earlier_version_leaves_open_is_decided_anew_and_told()
    {
        var begun = _tiny.RunUntil(1, _tiny.Options()).Checkpoint!;
        var file = Path.Combine(begun, "training/state.json");
        var state = JsonNode.Parse(File.ReadAllText(file))!;
        (state["format"], state["options"]!["precision"], state["options"]!["micro_batch"]) = (1, "auto", "auto");
        File.WriteAllText(file, state.ToJsonString());

        var end = _tiny.Run(Left);

        var decided = Checkpoint.ReadState(end.Checkpoint!).Options;
        Assert.True(end.Completed);
        Assert.Equal((Precision.Parse("auto").Format, null), (decided.Precision, decided.MicroBatch));
        Assert.Contains(Precision.Parse("auto").Name, Told("The checkpoint leaves the precision open:"),
            StringComparison.Ordinal);
        Assert.Contains("the whole batch", Told("The checkpoint leaves the micro-batch open:"), StringComparison.Ordinal);
    }

    private string Told(string beginning) => Notes.Single(note => note.StartsWith(beginning, StringComparison.Ordinal));
}
