using ClipSharp.Cli.Reports.Charts;

namespace ClipSharp.Cli.Tests.Reports;

public sealed class AxisTicksTests
{
    [Theory]
    [InlineData(0.3, 5.6, 6, "0 1 2 3 4 5 6")]
    [InlineData(14, 54, 3, "0 20 40 60")]
    [InlineData(1100, 1800, 4, "1,000 1,200 1,400 1,600 1,800")]
    [InlineData(0, 0.001, 3, "0 0.0005 0.001")]
    [InlineData(-1.5, 1.5, 4, "-2 -1 0 1 2")]
    [InlineData(0, 0, 4, "0 0.5 1")]
    [InlineData(7, 7, 3, "0 5 10 15")]
    [InlineData(0, 25_000, 5, "0 5,000 10k 15k 20k 25k")]
    public void Linear_ticks_are_round_and_hold_the_values(double low, double high, int most, string expected)
    {
        var axis = AxisTicks.Linear(low, high, most);
        Assert.Equal(expected, string.Join(' ', axis.Ticks.Select(AxisTicks.Text)));
    }

    [Theory]
    [InlineData(0.03, 6, 8, "0.02 0.05 0.1 0.2 0.5 1 2 5 10", "0.1 1 10")]
    [InlineData(1e-6, 1, 4, "", "1e-6 0.0001 0.01 1")]
    public void Logarithmic_ticks_are_round_and_few(double low, double high, int most, string fine, string coarse)
    {
        var axis = AxisTicks.Logarithmic(low, high, most);
        Assert.Equal(coarse, string.Join(' ', axis.Ticks.Select(AxisTicks.Text)));
        if (fine.Length > 0)
        {
            Assert.Equal(fine, string.Join(' ', AxisTicks.Logarithmic(low, high, 9).Ticks.Select(AxisTicks.Text)));
        }
    }

    [Fact]
    public void An_axis_of_steps_ends_where_the_steps_end()
    {
        var axis = AxisTicks.Exact(0, 2400, 7);
        Assert.Equal((0, 2400), (axis.Low, axis.High));
        Assert.Equal([0, 500, 1000, 1500, 2000], axis.Ticks);
    }
}
