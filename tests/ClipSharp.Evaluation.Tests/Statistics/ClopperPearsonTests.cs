using ClipSharp.Evaluation.Statistics;

namespace ClipSharp.Evaluation.Tests.Statistics;

public sealed class ClopperPearsonTests
{
    [Fact]
    public void Intervals_equal_the_quantiles_of_scipy()
    {
        using var fixture = new MetricsFixture();
        foreach (var known in fixture.Values.GetProperty("clopper_pearson_95").EnumerateArray())
        {
            var (low, high) = ClopperPearson.Interval(known.GetProperty("right").GetInt32(), known.GetProperty("of").GetInt32());
            Assert.Equal(known.GetProperty("low").GetDouble(), low, 1e-9);
            Assert.Equal(known.GetProperty("high").GetDouble(), high, 1e-9);
        }
    }

    [Fact]
    public void None_and_all_of_n_have_closed_forms()
    {
        for (var n = 1; n <= 200; n++)
        {
            Assert.Equal(1 - Math.Pow(0.025, 1.0 / n), ClopperPearson.Interval(0, n).High, 1e-12);
            Assert.Equal(Math.Pow(0.025, 1.0 / n), ClopperPearson.Interval(n, n).Low, 1e-12);
        }
    }

    [Fact]
    public void The_ends_have_binomial_tails_of_a_fortieth()
    {
        foreach (var (right, count) in new[] { (1, 3), (7, 20), (29, 30), (60, 137) })
        {
            var (low, high) = ClopperPearson.Interval(right, count);
            Assert.Equal(0.025, Enumerable.Range(right, count - right + 1).Sum(k => Binomial(k, count, low)), 1e-10);
            Assert.Equal(0.025, Enumerable.Range(0, right + 1).Sum(k => Binomial(k, count, high)), 1e-10);
        }
    }

    private static double Binomial(int k, int n, double p)
    {
        var value = Math.Pow(p, k) * Math.Pow(1 - p, n - k);
        for (var i = 1; i <= k; i++)
        {
            value *= (double)(n - k + i) / i;
        }

        return value;
    }
}
