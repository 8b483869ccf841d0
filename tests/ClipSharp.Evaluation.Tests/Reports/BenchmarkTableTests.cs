using ClipSharp.Evaluation.Reports;

namespace ClipSharp.Evaluation.Tests.Reports;

public sealed class BenchmarkTableTests
{
    [Fact]
    public void Metrics_come_first_then_what_CLIP_benchmark_has_then_ours()
    {
        var lines = BenchmarkTable.ToCsv([Report("pets", 0.75), Report("cars", 0.5) with
        {
            Metrics = [new MetricValue("map", 0.5, null, null, 3)],
        }]).Split("\r\n");
        Assert.Equal("acc1,map,dataset,model,pretrained,task,language,model_fullname,split,engine,samples,main_metric,main_value,"
            + "main_chance,main_normalised,classnames_sha256,templates_sha256,acc1_low,acc1_high", lines[0]);
        Assert.Equal("0.75,,pets,tiny,runs,zeroshot_classification,en,tiny runs,test,cpu,4,acc1,0.75,0.5,0.5,,,0.5,1", lines[1]);
        Assert.Equal(",0.5,cars,tiny,runs,zeroshot_classification,en,tiny runs,test,cpu,3,map,0.5,,,,,,", lines[2]);
        Assert.Equal(["", ""], lines[3..].Append(""));
    }

    [Fact]
    public void Texts_are_quoted_and_formulas_harmless()
    {
        var line = BenchmarkTable.ToCsv([Report("=HYPERLINK(\"x\"),\n", 0.5) with { Model = "@a", Split = "-1" }]).Split("\r\n")[1];
        Assert.Contains("\"'=HYPERLINK(\"\"x\"\"),\n\",'@a,", line, StringComparison.Ordinal);
        Assert.Contains(",'-1,", line, StringComparison.Ordinal);
    }

    [Fact]
    public void The_average_takes_chance_off_and_counts_each_set_once()
    {
        var averages = BenchmarkTable.Averages([Report("pets", 0.5), Report("pets", 0.75), Report("cars", 1),
            Report("birds", 0.9, chance: null), Report("pets", 0.75) with { Model = "other" }]);
        Assert.Equal([new ModelAverage("tiny runs", "zeroshot_classification", 0.75, 2, 1),
            new ModelAverage("other runs", "zeroshot_classification", 0.5, 1, 0)], averages);
    }

    private static BenchmarkReport Report(string dataset, double value, double? chance = 0.5) => new()
    {
        Dataset = dataset,
        Split = "test",
        Model = "tiny",
        Pretrained = "runs",
        Task = "zeroshot_classification",
        Engine = "cpu",
        Metrics = [new MetricValue("acc1", value, value - 0.25, Math.Min(1, value + 0.25), 4) { Chance = chance }],
    };
}
