using ClipSharp.Evaluation.Tasks;

namespace ClipSharp.Evaluation.Tests.Tasks;

/// <summary>Tasks that learn from a training split, on pictures of one colour, whose vectors tell red, green and blue
/// apart.</summary>
public sealed class LearningTasksTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Clip _clip;

    public LearningTasksTests()
    {
        _clip = ColourEncoder.ClipIn(_folder);
        _clip.BatchSize = 4;
        ColourPictures.WriteSplit(_folder, 12, broken: [4]);
        ColourPictures.WriteNamed(_folder, "train", 60, broken: [7]);
    }

    public void Dispose()
    {
        _clip.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void A_linear_probe_learns_the_colours_and_says_how()
    {
        var report = Run("linear_probe");
        Assert.Equal(("colours", "test", "linear_probe"), (report.Dataset, report.Split, report.Task));
        Assert.Equal((1.0, 11), (Value(report, "lp_acc1"), report.Metrics[0].Samples));
        Assert.Equal(1.0, Value(report, "lp_val_acc1"));
        Assert.InRange(Value(report, "lp_C"), 1e-6, 1e6);
        Assert.Contains("59 pictures, features projected, 4 numbers", report.Notes![0], StringComparison.Ordinal);
        Assert.Equal(2, report.Skipped!["NotAPicture"]); // one of each split
    }

    [Fact]
    public void A_validation_split_of_the_set_chooses_the_strength()
    {
        ColourPictures.WriteNamed(_folder, "val", 30);
        var report = Run("linear_probe");
        Assert.Equal(30, report.Metrics.Single(metric => metric.Name == "lp_val_acc1").Samples);
    }

    [Fact]
    public void Few_shots_make_a_curve_beside_zero_shot()
    {
        var report = Run("few_shot");
        Assert.All(new[] { 1, 2, 4, 8, 16 }, k => Assert.Equal(1.0, Value(report, $"fewshot_k{k}_acc1")));
        Assert.Equal(15, report.Metrics.Count(metric => metric.Name.Contains("_seed", StringComparison.Ordinal)));
        Assert.Equal(33, report.Metrics[0].Samples); // three draws of eleven pictures
        Assert.Equal(1.0, Value(report, "zeroshot_acc1"));
        Assert.Equal(1.0, Value(report, "examples_equal_to_zeroshot"));
    }

    [Theory]
    [InlineData(0.2, 1)] // reached by the first k already
    [InlineData(0.5, 2)]
    [InlineData(0.6, 2.8284271247461903)] // half-way between 2 and 4 on the logarithm's line
    [InlineData(0.9, double.NaN)]
    public void Where_a_curve_crosses_lies_on_a_line_over_the_logarithm(double level, double examples) =>
        Assert.Equal(examples, FewShotProbe.Crossing([1, 2, 4], [0.3, 0.5, 0.7], level), 1e-12);

    [Fact]
    public void Too_few_examples_are_refused()
    {
        var refusal = Assert.Throws<ClipException>(() => Run("few_shot", new BenchmarkOptions { Data = "", FewshotK = [64] }));
        Assert.Contains("a class with 19", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Neighbours_vote_by_their_cosines()
    {
        Assert.Equal(1.0, Value(Run("knn"), "knn_acc1"));
        // Of all 59 as neighbours the nearer ones still decide.
        Assert.Equal(1.0, Value(Run("knn", new BenchmarkOptions { Data = "", Neighbors = 59 }), "knn_acc1"));
    }

    [Fact]
    public void Calibration_fits_a_temperature_on_other_pictures_than_it_is_measured_on()
    {
        var report = Run("calibration");
        // All are right, so that the surer the better: the loss falls.
        Assert.True(Value(report, "scaled_log_loss") < Value(report, "log_loss"));
        Assert.True(Value(report, "temperature") < 1);
        Assert.Equal(59, report.Metrics.Single(metric => metric.Name == "temperature").Samples);
        Assert.Equal(0, Value(report, "risk_coverage_area"));
        Assert.Equal(1, Value(report, "acc1_of_answered"));
    }

    [Fact]
    public void A_set_without_the_split_is_refused_by_its_name()
    {
        Directory.Delete(_folder["colours/train"], recursive: true);
        Assert.Contains("the split \"train\"", Assert.Throws<ClipException>(() => Run("linear_probe")).Message,
            StringComparison.Ordinal);
    }

    private static double Value(BenchmarkReport report, string name) =>
        report.Metrics.Single(metric => metric.Name == name).Value;

    private BenchmarkReport Run(string task, BenchmarkOptions? options = null) => new Benchmark(_clip, "tiny", "tiny")
        .Run((options ?? new BenchmarkOptions { Data = "" }) with { Data = _folder["colours"], Task = task, Intervals = false });
}
