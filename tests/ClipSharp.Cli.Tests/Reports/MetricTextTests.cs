using ClipSharp.Cli.Reports;
using ClipSharp.Cli.Reports.Charts;
using ClipSharp.Training;

namespace ClipSharp.Cli.Tests.Reports;

public sealed class MetricTextTests
{
    [Theory]
    [InlineData(0.0119, true, "1.2%")]
    [InlineData(0.00275, true, "0.28%")]
    [InlineData(0, true, "0%")]
    [InlineData(1, true, "100%")]
    [InlineData(2.78981, false, "2.79")]
    [InlineData(8.23529, false, "8.235")]
    [InlineData(12345.6, false, "12.35k")]
    [InlineData(4.657e-6, false, "4.66e-6")]
    [InlineData(double.NaN, false, "NaN")]
    public void A_value_is_told_to_four_digits_or_in_percent(double value, bool isShare, string text) =>
        Assert.Equal(text, MetricText.Of(value, isShare));

    [Fact]
    public void A_rank_of_one_is_no_share()
    {
        CurvePoint[] points = [new(1, 1)];
        Assert.False(MetricText.IsShare("val/image_retrieval_mean_rank", points));
        Assert.False(MetricText.IsShare("val loss", points));
        Assert.True(MetricText.IsShare("heldout/acc1", points));
        Assert.False(MetricText.IsShare("heldout/acc1", [new(1, 1.5)]));
    }

    [Fact]
    public void A_number_has_one_text_in_the_table_and_beside_its_chart()
    {
        var history = new RunHistory(new Dictionary<string, IReadOnlyList<CurvePoint>>(),
            new Dictionary<string, IReadOnlyList<CurvePoint>> { ["val/recall@1"] = [new(1, 0.0119)] });
        var page = RunComparison.Page([new("a", history, new TrainOptions())], []);
        Assert.Contains("<td>1.2%</td>", page, StringComparison.Ordinal);
        Assert.Contains("last 1.2%", page, StringComparison.Ordinal);
        Assert.DoesNotContain("0.0119", page, StringComparison.Ordinal);
    }
}
