using ClipSharp.Evaluation.Metrics;
using ClipSharp.Evaluation.Reports;
using ClipSharp.Evaluation.Statistics;
using ClipSharp.Retrieval;

namespace ClipSharp.Evaluation.Tests.Reports;

public sealed class ModelComparisonTests
{
    private static readonly bool[] All = [.. Enumerable.Repeat(true, 20)];
    private static readonly bool[] Half = [.. Enumerable.Range(0, 20).Select(row => row % 2 == 0)];

    [Fact]
    public void Each_pair_of_models_on_a_set_is_tested_and_all_tests_raise_each_other()
    {
        var pairs = ModelComparison.Of(
            [Report("a", "x", Half), Report("b", "x", All), Report("a", "y", Half), Report("c", "x", Half)]);
        Assert.Equal([("a", "b"), ("a", "c"), ("b", "c")], pairs.Select(pair => (pair.First.Model, pair.Second.Model)));
        Assert.Equal(PairedTest.McNemar, pairs[0].Compared.Test);
        Assert.Equal(3 * Math.Pow(0.5, 9), pairs[0].RaisedPValue, 1e-12); // ten against none, two-sided, three tests
        Assert.Equal(["b", "a", "b"], pairs.Select(pair => pair.Better.Model));
        Assert.Equal([true, false, true], pairs.Select(pair => pair.IsShown));
    }

    [Fact]
    public void Of_losses_the_lower_is_better()
    {
        var pair = Assert.Single(ModelComparison.Of([Loss("a", 0.1), Loss("b", 0.9)]));
        Assert.Equal("a", pair.Better.Model);
    }

    [Fact]
    public void Models_on_other_pictures_or_read_from_files_are_no_pair() =>
        Assert.Empty(ModelComparison.Of([Report("a", "x", Half), Report("b", "x", All[..10]),
            Report("c", "x", All) with { MainMeasured = null }]));

    private static BenchmarkReport Report(string model, string set, bool[] right) => Made(model, set, new TopK("acc1", 1),
        new Outcomes([.. right.Select((isRight, row) =>
            new Outcome($"{row}") { Class = 0, Rank = new OwnRank(isRight ? 0 : 1, 1, 1) })])
        { ClassCount = 3 });

    private static BenchmarkReport Loss(string model, double loss) => Made(model, "x", new MeanScore("loss", MetricUnit.Loss),
        new Outcomes([.. Enumerable.Range(0, 9).Select(row => new Outcome($"{row}") { Score = loss })]));

    private static BenchmarkReport Made(string model, string set, IMetric metric, Outcomes outcomes) => new()
    {
        Dataset = set,
        Split = "test",
        Model = model,
        Pretrained = "",
        Task = "t",
        Engine = "",
        MainMetric = metric.Name,
        Metrics = [Intervals.MeasureAlone(metric, outcomes)],
        MainMeasured = (metric, outcomes),
    };
}
