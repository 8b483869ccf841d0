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

    // scipy 1.10.1: binomtest(k, n).proportion_ci(0.995, "exact"), the paper's confidence for overlaps (section 5).
    [Theory]
    [InlineData(0, 10, 0.0, 0.4507197283469411)]
    [InlineData(3, 20, 0.013774985773801873, 0.47614806817360134)]
    [InlineData(763, 1000, 0.7233313917282167, 0.7996844458293464)]
    [InlineData(10, 10, 0.5492802716530589, 1.0)]
    public void An_interval_of_another_confidence_equals_scipy(int right, int count, double low, double high)
    {
        var interval = ClopperPearson.Interval(right, count, 0.995);
        Assert.Equal(low, interval.Low, 1e-9);
        Assert.Equal(high, interval.High, 1e-9);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(95)]
    public void A_confidence_of_nothing_certainty_or_per_cent_is_refused(double confidence) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => ClopperPearson.Interval(1, 2, confidence));

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
