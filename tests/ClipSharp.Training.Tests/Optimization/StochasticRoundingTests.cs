using ClipSharp.Training.Optimization;

namespace ClipSharp.Training.Tests.Optimization;

[Trait("Category", "Vectors")]
public sealed class StochasticRoundingTests
{
    private const int Draws = 400_000;

    [Theory]
    [InlineData(1.0003f)]
    [InlineData(-1.0003f)]
    [InlineData(0.0199f)]
    [InlineData(3.1e-7f)]  // a subnormal of half precision
    [InlineData(-2.5e-5f)]
    [InlineData(1234.56f)]
    public void The_mean_of_many_roundings_is_the_number(float value)
    {
        foreach (var rounded in (float[][])[Half(value, key: 11), BFloat16s(value, key: 11)])
        {
            var (low, high) = (rounded.Min(), rounded.Max());
            var step = high - low;
            var error = Math.Abs(rounded.Average(x => (double)x) - value);
            Assert.InRange(value, low, high);
            Assert.Equal(2, rounded.Distinct().Count());
            Assert.True(error <= 4 * (step / 2) / Math.Sqrt(Draws),
                FormattableString.Invariant($"{value}: mean off by {error:E2}, step {step:E2}"));
        }
    }

    [Fact]
    public void Other_devices_round_to_the_same_bits()
    {
        using var scope = TorchSharp.torch.NewDisposeScope();
        using var device = new DeviceRounding(TorchSharp.torch.CPU);
        var random = new RandomStream(1, RandomPurpose.Resampling);
        float[] values = [0f, -0f, 1e6f, -1e6f, float.NaN, float.PositiveInfinity,
            .. Enumerable.Range(0, 30_000).Select(i => (float)(random.NextNormal() * Math.Pow(10, (i % 38) - 33)))];
        var (half, upper) = (new Half[values.Length], new ushort[values.Length]);
        StochasticRounding.ToHalf(values, half, 7, first: 40_000);
        StochasticRounding.ToBFloat16(values, upper, 7, first: 40_000);
        var x = TorchSharp.torch.tensor(values);

        Assert.Equal(half.Select(h => (float)h),
            device.ToHalf(x, 7, 40_000).to(TorchSharp.torch.ScalarType.Float32).data<float>());
        Assert.Equal(
            upper.Select(bits => BitConverter.UInt32BitsToSingle((uint)bits << 16)),
            device.ToBFloat16(x, 7, 40_000).to(TorchSharp.torch.ScalarType.Float32).data<float>());
    }

    [Theory]
    [InlineData(0f)]
    [InlineData(1f)]
    [InlineData(-0.5f)]
    [InlineData(65280f)]
    [InlineData(5.9604645E-8f)]
    public void A_number_that_fits_never_moves(float value)
    {
        Assert.All(Half(value, key: 3), x => Assert.Equal(value, x));
        Assert.All(BFloat16s(value is 5.9604645E-8f or 65280f ? 65280f : value, key: 3),
            x => Assert.Equal(value is 5.9604645E-8f ? 65280f : value, x));
    }

    [Fact]
    public void Numbers_beyond_the_range_stay_at_its_end_and_what_is_not_finite_stays_that()
    {
        Assert.All(Half(1e6f, 1), x => Assert.Equal(65504, x));
        Assert.All(Half(-1e6f, 1), x => Assert.Equal(-65504, x));
        Assert.All(Half(float.NaN, 1), x => Assert.Equal(float.NaN, x));
        Assert.All(BFloat16s(float.PositiveInfinity, 1), x => Assert.Equal(float.PositiveInfinity, x));
        Assert.All(BFloat16s(BitConverter.UInt32BitsToSingle(0x7F800001), 1), x => Assert.Equal(float.NaN, x));
    }

    [Theory]
    [InlineData(false, 1.1, 0.0094)]
    [InlineData(true, 1.1, 0.0278)]
    public void A_thousand_small_changes_add_up(bool bfloat16, double expected, double deviation)
    {
        var ends = new List<double>();
        for (var run = 0; run < 200; run++)
        {
            var value = new[] { 1f };
            for (var step = 0; step < 1000; step++)
            {
                value[0] += 1e-4f;
                value = bfloat16
                    ? BFloat16s(value, StochasticRounding.Key(run, step, 0))
                    : Halves(value, StochasticRounding.Key(run, step, 0));
            }

            ends.Add(value[0]);
        }

        var mean = ends.Average();
        Assert.Equal(expected, mean, 4 * deviation / Math.Sqrt(200));
        Assert.InRange(Math.Sqrt(ends.Average(e => (e - mean) * (e - mean))), deviation / 1.4, deviation * 1.4);
    }

    [Fact]
    public void Draws_are_a_function_of_seed_step_parameter_and_element()
    {
        var values = Enumerable.Range(0, 1000).Select(i => 1 + (i * 1e-6f)).ToArray();
        var key = StochasticRounding.Key(5, 17, 3);

        Assert.Equal(Halves(values, key), Halves(values, key));
        Assert.Equal(Halves(values, key)[600..], Halves(values[600..], key, first: 600));
        Assert.NotEqual(Halves(values, key), Halves(values, StochasticRounding.Key(5, 18, 3)));
        Assert.NotEqual(Halves(values, key), Halves(values, StochasticRounding.Key(5, 17, 4)));
        Assert.NotEqual(Halves(values, key), Halves(values, StochasticRounding.Key(6, 17, 3)));
    }

    private static float[] Half(float value, uint key) => Halves([.. Enumerable.Repeat(value, Draws)], key);

    private static float[] BFloat16s(float value, uint key) => BFloat16s([.. Enumerable.Repeat(value, Draws)], key);

    private static float[] Halves(float[] values, uint key, long first = 0)
    {
        var result = new Half[values.Length];
        StochasticRounding.ToHalf(values, result, key, first);
        return [.. result.Select(x => (float)x)];
    }

    private static float[] BFloat16s(float[] values, uint key)
    {
        var (result, wide) = (new ushort[values.Length], new float[values.Length]);
        StochasticRounding.ToBFloat16(values, result, key, 0);
        BFloat16.ToSingle(result, wide);
        return wide;
    }
}
