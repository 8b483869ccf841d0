using ClipSharp.Cli.Reports;

namespace ClipSharp.Cli.Tests.Reports;

public sealed class RunHistoryTests
{
    [Fact]
    public void Training_and_evaluations_become_curves()
    {
        var history = Read("""
            {"step":1,"loss":5.5,"lr":0.001}
            {"step":2,"loss":5.25,"lr":0.002}
            {"step":2,"eval":{"top1":0.5,"note":"words","huge":1e999}}

            """);
        Assert.Equal([new(1, 5.5), new(2, 5.25)], history.Train["loss"]);
        Assert.Equal(["loss", "lr"], history.Train.Keys);
        Assert.Equal([new(2, 0.5)], history.Evaluations["top1"]);
        Assert.Equal(["top1"], history.Evaluations.Keys);
    }

    [Fact]
    public void Steps_that_a_resumed_run_repeats_replace_the_old_ones() =>
        Assert.Equal([new(1, 10), new(2, 21), new(3, 31)], Read("""
            {"step":1,"loss":10}
            {"step":2,"loss":20}
            {"step":3,"loss":30}
            {"step":2,"loss":21}
            {"step":3,"loss":31}

            """).Train["loss"]);

    [Fact]
    public void A_last_line_cut_off_is_left_out() =>
        Assert.Equal([new(1, 10)], Read("{\"step\":1,\"loss\":10}\n{\"step\":2,\"lo").Train["loss"]);

    [Theory]
    [InlineData("{\"step\":1,\"lo")]
    [InlineData("[]")]
    [InlineData("{\"loss\":1}")]
    [InlineData("{\"step\":\"one\"}")]
    [InlineData("{\"step\":1,\"eval\":3}")]
    public void A_bad_line_is_named(string line)
    {
        var e = Assert.Throws<ClipException>(() => Read($"{{\"step\":1}}\n{line}\n"));
        Assert.Contains("metrics.jsonl, line 2", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_without_curves_is_refused()
    {
        using var folder = new TemporaryFolder();
        Assert.Equal(ClipError.NoInput, Assert.Throws<ClipException>(() => RunHistory.Read(folder["metrics.jsonl"])).Kind);
    }

    private static RunHistory Read(string text)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["metrics.jsonl"], text);
        return RunHistory.Read(folder["metrics.jsonl"]);
    }
}
