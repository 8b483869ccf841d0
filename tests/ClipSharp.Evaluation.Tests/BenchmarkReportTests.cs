using System.Text.Json;

namespace ClipSharp.Evaluation.Tests;

public sealed class BenchmarkReportTests
{
    private static readonly BenchmarkReport Report = new()
    {
        Dataset = "emoji",
        Split = "val_unseen",
        Model = "tiny",
        Pretrained = "runs/tiny",
        Task = "zeroshot_classification",
        Engine = "torch cpu fp32",
        Templates = ["a {}"],
        Metrics = [new MetricValue("acc1", 0.25, 0.125, 0.5, 8), new MetricValue("acc5", double.NaN, null, null, 8)],
    };

    [Fact]
    public void The_members_of_CLIP_benchmark_come_first_with_their_types()
    {
        var root = JsonDocument.Parse(Report.ToJson()).RootElement;
        Assert.Equal(["dataset", "model", "pretrained", "task", "metrics", "language"],
            root.EnumerateObject().Take(6).Select(member => member.Name));
        Assert.Equal(0.25, root.GetProperty("metrics").GetProperty("acc1").GetDouble());
        Assert.Equal("en", root.GetProperty("language").GetString());
    }

    [Fact]
    public void Intervals_and_samples_stand_beside_the_metrics()
    {
        var root = JsonDocument.Parse(Report.ToJson()).RootElement;
        Assert.Equal([0.125, 0.5],
            root.GetProperty("intervals_95").GetProperty("acc1").EnumerateArray().Select(end => end.GetDouble()));
        Assert.Equal(8, root.GetProperty("samples").GetProperty("acc1").GetInt32());
    }

    [Fact]
    public void What_is_not_a_number_is_null()
    {
        Assert.DoesNotContain("NaN", Report.ToJson(), StringComparison.Ordinal);
        Assert.Equal(JsonValueKind.Null,
            JsonDocument.Parse(Report.ToJson()).RootElement.GetProperty("metrics").GetProperty("acc5").ValueKind);
    }

    [Fact]
    public void Ties_and_notes_stand_there_only_where_there_are_some()
    {
        Assert.DoesNotContain("ties", Report.ToJson(), StringComparison.Ordinal);
        var tied = Report with { Metrics = [new MetricValue("acc1", 0.25, 0.125, 0.5, 8, Ties: 3)], Notes = ["twins"] };
        var root = JsonDocument.Parse(tied.ToJson()).RootElement;
        Assert.Equal(3, root.GetProperty("ties").GetProperty("acc1").GetInt32());
        Assert.Equal("twins", root.GetProperty("notes")[0].GetString());
    }
}
