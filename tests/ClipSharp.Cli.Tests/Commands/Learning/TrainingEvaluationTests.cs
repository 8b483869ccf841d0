using ClipSharp.Cli.Commands.Learning;
using ClipSharp.Data;
using ClipSharp.Training;
using ClipSharp.Training.Runs;

namespace ClipSharp.Cli.Tests.Commands.Learning;

public sealed class TrainingEvaluationTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public TrainingEvaluationTests() => ColourPictures.WriteSplit(_folder, 3);

    [Fact]
    public void Labelled_shards_are_measured_beside_pairs_of_another_kind()
    {
        var model = TinyModel.Write(_folder["tiny"]);
        var evaluation = new TrainingEvaluation(
            new TrainOptions { DatasetType = DatasetType.Csv, ZeroshotData = _folder["colours"] });
        using var encoder = new FakeEncoder();

        var values = evaluation.Run(new TrainedModel(encoder, model.LoadTokenizer(), model.Config, model.Preprocess, 4, 1,
            Last: true),
            TestContext.Current.CancellationToken);

        Assert.Contains("test/acc1", values.Select(value => value.Name));
    }

    [Fact]
    public void Large_jpegs_are_decoded_as_in_training()
    {
        Directory.CreateDirectory(_folder["large"]);
        File.WriteAllBytes(_folder["large/a.jpg"], ColourPictures.Jpeg(400, 304));
        File.WriteAllText(_folder["large/a.txt"], "waves");
        var options = new TrainOptions { ValData = _folder["large"], MaxPixels = 50 * 38 };
        var model = TinyModel.Write(_folder["tiny"]); // 16 pixels a side
        using var encoder = new FakeEncoder();
        var trained = new TrainedModel(encoder, model.LoadTokenizer(), model.Config, model.Preprocess, 4, 1, Last: true);

        Assert.Throws<ClipException>(() => new TrainingEvaluation(options).Run(trained, default));
        Assert.NotEmpty(new TrainingEvaluation(options with { JpegDraft = true }).Run(trained, default));
    }

    [Fact]
    public void Data_that_are_not_there_are_refused_before_training()
    {
        var refused = Assert.Throws<ClipException>(() => new TrainingEvaluation(new TrainOptions { ValData = _folder["none"] }));
        Assert.Equal(ClipError.NoInput, refused.Kind);
    }

    public void Dispose() => _folder.Dispose();
}
