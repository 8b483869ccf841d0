using ClipSharp.Cli.Commands;
using ClipSharp.Training;

namespace ClipSharp.Cli.Tests.Commands;

public sealed class TrainingEvaluationTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public TrainingEvaluationTests() => ColourPictures.WriteSplit(_folder, 3);

    [Fact]
    public void Labelled_shards_are_found_beside_pairs_of_another_kind() =>
        new TrainingEvaluation(new TrainOptions { DatasetType = "csv", ZeroshotData = _folder["colours"] }).RequireData();

    [Fact]
    public void Data_that_are_not_there_are_refused_before_training()
    {
        var refused = Assert.Throws<ClipException>(() => new TrainingEvaluation(new TrainOptions { ValData = _folder["none"] }).RequireData());
        Assert.Equal(ClipError.NoInput, refused.Kind);
    }

    public void Dispose() => _folder.Dispose();
}
