using ClipSharp.Evaluation.Metrics;
using ClipSharp.Evaluation.Reports;

namespace ClipSharp.Evaluation.Tests.Reports;

public sealed class ReadReportTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_report_comes_back_whole()
    {
        var report = new BenchmarkReport
        {
            Dataset = "pets",
            Split = "test",
            Model = "tiny",
            Pretrained = "runs/tiny",
            Task = "zeroshot_classification",
            Engine = "torch cpu fp32",
            MainMetric = "mean_per_class_recall",
            Classnames = ["cat \"NaN\"", "dog"],
            Templates = ["a {}"],
            ClassnamesSha256 = "ab",
            Notes = ["twins"],
            Skipped = new Dictionary<string, long> { ["NoPicture"] = 2 },
            Metrics =
            [
                new MetricValue("acc1", 0.25, 0.125, 0.5, 8, 3) { Chance = 0.5 },
                new MetricValue("acc5", double.NaN, null, null, 8),
                new MetricValue("mean_per_class_recall", 0.75, 0.5, 0.875, 8) { Chance = 0.5 },
                new MetricValue("loss", 1.5, null, null, 8) { Unit = MetricUnit.Loss },
            ],
            Outcomes = [new Outcomes([new Outcome("a")])],
        };
        var written = report.Write(_folder["r.json"]);
        var read = BenchmarkReport.Read(_folder["r.json"]);
        Assert.Equal(written.ToJson(), read.ToJson());
        Assert.Equal(report.Metrics, read.Metrics);
        Assert.Equal(0.5, read.Main!.Value.Normalised);
        Assert.Equal("a", OutcomeFile.Read(_folder["r.outcomes.parquet"], read.OutcomesSha256!)[0].Outcomes[0].Id);
    }

    [Fact]
    public void What_CLIP_benchmark_writes_is_read_with_its_NaN()
    {
        File.WriteAllText(_folder["r.json"], """
            {"dataset": "NaN land", "model": "ViT-B-32", "pretrained": "openai", "task": "zeroshot_classification",
             "metrics": {"acc1": 0.5, "acc5": NaN, "mean_per_class_recall": -Infinity}, "language": "en"}
            """);
        var read = BenchmarkReport.Read(_folder["r.json"]);
        Assert.Equal("NaN land", read.Dataset);
        Assert.Equal(["acc1", "acc5", "mean_per_class_recall"], read.Metrics.Select(metric => metric.Name));
        Assert.Equal([0.5, double.NaN, double.NaN], read.Metrics.Select(metric => metric.Value));
        Assert.Equal("acc1", read.Main!.Value.Name);
    }

    [Theory]
    [InlineData("", "no report")]
    [InlineData("[]", "no report")]
    [InlineData("{\"dataset\": \"a\"}", "no model")]
    [InlineData("{\"dataset\": \"a\", \"model\": \"b\", \"task\": \"c\"}", "no metrics")]
    [InlineData("{\"dataset\": \"a\", \"model\": \"b\", \"task\": \"c\", \"metrics\": {\"acc1\": \"x\"}}", "no report")]
    [InlineData("{\"dataset\": \"a\", \"model\": \"b\", \"task\": \"c\", \"metrics\": {\"acc1\": 1}, \"intervals_95\": {\"acc1\": [1]}}",
        "an interval of 1 numbers for acc1")]
    [InlineData("{\"dataset\": \"a\", \"model\": \"b\", \"task\": \"c\", \"metrics\": {\"acc1\": 1}, \"metric_kinds\": {\"acc1\": {\"unit\": \"ell\"}}}",
        "a metric of the kind ell")]
    public void What_is_no_report_is_told_in_one_line(string text, string expected)
    {
        File.WriteAllText(_folder["r.json"], text);
        var error = Assert.Throws<ClipException>(() => BenchmarkReport.Read(_folder["r.json"]));
        Assert.Equal(ClipError.Data, error.Kind);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }
}
