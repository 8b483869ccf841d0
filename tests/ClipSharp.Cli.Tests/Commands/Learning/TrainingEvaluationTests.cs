using ClipSharp.Cli.Commands.Learning;
using ClipSharp.Data;
using ClipSharp.Models;
using ClipSharp.Training;
using ClipSharp.Training.Runs.Evaluations;

namespace ClipSharp.Cli.Tests.Commands.Learning;

public sealed class TrainingEvaluationTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly FakeEncoder _encoder = new();
    private readonly List<string> _warnings = [];

    public TrainingEvaluationTests() => ColourPictures.WriteSplit(_folder, 3);

    private string Colours => _folder["colours/test"];

    public void Dispose()
    {
        _encoder.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Labelled_shards_are_measured_beside_pairs_of_another_kind() => Assert.Contains("test/acc1",
        Names(new TrainOptions { DatasetType = DatasetType.Csv, ZeroshotData = _folder["colours"] }));

    [Fact]
    public void Large_jpegs_are_decoded_as_in_training()
    {
        Directory.CreateDirectory(_folder["large"]);
        File.WriteAllBytes(_folder["large/a.jpg"], ColourPictures.Jpeg(400, 304));
        File.WriteAllText(_folder["large/a.txt"], "waves");
        var options = new TrainOptions { ValData = _folder["large"], MaxPixels = 50 * 38 }; // the model's have 16 a side

        Assert.Empty(Names(options));
        Assert.NotEmpty(_warnings);
        Assert.NotEmpty(Names(options with { JpegDraft = true }));
    }

    [Fact]
    public void Data_that_are_not_there_are_refused_before_training()
    {
        var refused = Assert.Throws<ClipException>(() => new TrainingEvaluation(new TrainOptions { ValData = _folder["none"] }));
        Assert.Equal(ClipError.NoInput, refused.Kind);
    }

    [Theory]
    [InlineData(null, "test/acc1")] // what the set is for
    [InlineData("auto", "test/acc1")]
    [InlineData("retrieval", "test/mean_recall@1")]
    [InlineData("knn", "test/knn_acc1")]
    [InlineData("probe", "test/lp_acc1")]
    [InlineData("few_shot", "test/fewshot_k1_acc1")]
    [InlineData("calibration", "test/ece_15")]
    public void Any_task_runs_on_the_model_as_it_stands(string? task, string name)
    {
        ColourPictures.WriteNamed(_folder, "train", 12);

        var names = Names(new TrainOptions { EvalData = Colours, EvalTask = task is null ? null : [task] });

        Assert.Contains(name, names);
        Assert.Empty(_warnings);
    }

    [Fact]
    public void Several_tasks_run_on_several_sets_and_sets_of_the_same_split_are_told_apart()
    {
        using var other = new TemporaryFolder();
        ColourPictures.WriteSplit(other, 3);
        Directory.Move(other["colours"], other["hues"]);

        var names = Names(new TrainOptions
        {
            EvalData = $"{Colours}::{other["hues/test"]}",
            EvalTask = ["zeroshot", "retrieval"],
            ZeroshotData = Colours, // is measured once
        });

        Assert.Equal(["colours/test/acc1", "hues/test/acc1"], names.Where(name => name.EndsWith("/acc1")).Order());
        Assert.Contains("hues/test/mean_recall@1", names);
        Assert.Equal(names.Count, names.Distinct().Count());
    }

    [Theory]
    [InlineData(0, 1, false, "test/acc1")]
    [InlineData(0, 2, false, "test/acc1 test/mean_recall@1")]
    [InlineData(0, 3, true, "test/acc1 test/mean_recall@1")]
    [InlineData(5, 1, false, "test/acc1 test/mean_recall@1")] // by steps all are due
    public void Each_set_has_its_own_pace(int steps, int epoch, bool last, string expected)
    {
        var names = Names(new TrainOptions
        {
            EvalSteps = steps,
            EvalData = Colours,
            ValData = Colours,
            ValFrequency = 2,
            ZeroshotData = _folder["none"],
            ZeroshotFrequency = 0,
        }, epoch, last);

        Assert.Equal(expected.Split(' '), names.Where(name => name is "test/acc1" or "test/mean_recall@1").Order());
    }

    [Fact]
    public void Whether_less_is_better_is_the_metric_s_own()
    {
        var values = Values(new TrainOptions { EvalData = Colours, EvalTask = ["retrieval", "zeroshot"] });

        Assert.All(values, value => Assert.Equal(value.Name.EndsWith("_rank", StringComparison.Ordinal), value.LowerIsBetter));
        Assert.Contains(values, value => value.LowerIsBetter);
    }

    [Fact]
    public void A_set_that_cannot_be_evaluated_takes_nothing_from_the_others_and_is_told_in_full_once()
    {
        var evaluation = new TrainingEvaluation(new TrainOptions { EvalData = Colours, EvalTask = ["knn", "zeroshot"] });

        Assert.Contains("test/acc1", Run(evaluation).Select(value => value.Name));
        Assert.StartsWith($"knn on {Colours}: ", Assert.Single(_warnings), StringComparison.Ordinal); // no split to learn from
        Run(evaluation);
        Assert.Equal($"knn on {Colours}, as before", _warnings[1]);
    }

    [Theory]
    [InlineData("acc1", "a name that begins with test/")]
    [InlineData("val/acc1", "a name that begins with test/")]
    [InlineData("test", "a name that begins with test/")]
    public void A_metric_of_no_set_is_refused_before_training(string metric, string expected)
    {
        var refused = Assert.Throws<ClipException>(() => new TrainingEvaluation(
            new TrainOptions { ZeroshotData = Colours, BestMetric = metric }));

        Assert.Equal(ClipError.Usage, refused.Kind);
        Assert.Contains($"(--best-metric): found {metric}, expected {expected}.", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_task_that_is_not_known_is_refused_before_training()
    {
        var refused = Assert.Throws<ClipException>(() => new TrainingEvaluation(
            new TrainOptions { EvalData = Colours, EvalTask = ["knnn"] }));
        Assert.Contains("(--eval-task): found knnn", refused.Message, StringComparison.Ordinal);
    }

    private List<string> Names(TrainOptions options, int epoch = 1, bool last = true) =>
        [.. Values(options, epoch, last).Select(value => value.Name)];

    private IReadOnlyList<EvaluatedValue> Values(TrainOptions options, int epoch = 1, bool last = true) =>
        Run(new TrainingEvaluation(options), epoch, last);

    private IReadOnlyList<EvaluatedValue> Run(TrainingEvaluation evaluation, int epoch = 1, bool last = true)
    {
        var model = Directory.Exists(_folder["tiny"]) ? ModelFiles.Open(_folder["tiny"]) : TinyModel.Write(_folder["tiny"]);
        return evaluation.Run(new TrainedModel(_encoder, model.LoadTokenizer(), model.Config, model.Preprocess, 4 * epoch, epoch,
            last, _warnings.Add), TestContext.Current.CancellationToken);
    }
}
