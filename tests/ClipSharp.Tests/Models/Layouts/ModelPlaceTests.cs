using ClipSharp.Models;
using ClipSharp.Models.Layouts;

namespace ClipSharp.Tests.Models.Layouts;

public sealed class ModelPlaceTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_runs_model_is_its_newest_checkpoint_and_damaged_ones_are_told()
    {
        Checkpoint("run", "epoch_2", """{"step":20}""");
        Checkpoint("run", "epoch_10", """{"step":100}""");
        Checkpoint("run", "epoch_11", """{"st""");
        File.WriteAllText(_folder["run/config.json"], "{}"); // a run's options, not Hugging Face's

        var opened = ModelFiles.Open(_folder["run"]);

        Assert.Equal(_folder["run/checkpoints/epoch_10"], opened.Location);
        Assert.Contains("epoch_11 is damaged", Assert.Single(opened.Notes), StringComparison.Ordinal);
        Assert.Equal("run, epoch_10", ModelPlace.NameOf(opened.Location));
        Assert.Equal("run, epoch_10", ModelPlace.NameOf(opened.Location + Path.DirectorySeparatorChar));
    }

    [Fact]
    public void The_best_checkpoint_stands_for_its_run_only_where_there_is_no_other()
    {
        Checkpoint("run", "best", """{"step":20}""");
        Assert.Equal(_folder["run/checkpoints/best"], ModelPlace.Of(_folder["run"]));

        Checkpoint("run", "epoch_1", """{"step":10}""");
        Assert.Equal(_folder["run/checkpoints/epoch_1"], ModelPlace.Of(_folder["run"]));

        Directory.Move(_folder["run/checkpoints/best"], _folder["run/checkpoints/best.next"]);
        Assert.Equal(_folder["run/checkpoints/epoch_1"], ModelPlace.Of(_folder["run"]));
        Assert.Equal(_folder["run/checkpoints/best.next"], ModelPlace.Of(_folder["run/checkpoints/best"]));
    }

    [Fact]
    public void What_is_no_run_is_itself()
    {
        TinyModel.Write(_folder["model"]);
        Directory.CreateDirectory(_folder["model/checkpoints/none"]);
        Assert.Equal(_folder["model"], ModelPlace.Of(_folder["model"], line => Assert.Fail(line)));
        Assert.Equal("model", ModelPlace.NameOf(_folder["model"]));
        Assert.Equal("absent", ModelPlace.NameOf(ModelPlace.Of(_folder["absent"])));
    }

    [Fact]
    public void What_was_pulled_is_called_by_its_repository() => Assert.Equal("org/clip", ModelPlace.NameOf(
        _folder[$"models--org--clip/snapshots/{new string('a', 40)}"]));

    private void Checkpoint(string run, string name, string state)
    {
        TinyModel.Write(_folder[$"{run}/checkpoints/{name}"]);
        Directory.CreateDirectory(_folder[$"{run}/checkpoints/{name}/training"]);
        File.WriteAllText(_folder[$"{run}/checkpoints/{name}/training/state.json"], state);
    }
}
