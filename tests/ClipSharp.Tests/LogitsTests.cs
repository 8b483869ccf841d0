namespace ClipSharp.Tests;

public sealed class LogitsTests
{
    private static readonly float[] Cosines = [0.3f, -0.1f, 0.25f];

    [Fact]
    public void A_bias_makes_each_probability_stand_by_itself()
    {
        var logits = new Logits(20, -5);
        Assert.Equal(Cosines.Select(cosine => 1 / (1 + Math.Exp(5 - (20.0 * cosine)))), logits.Probabilities(Cosines));
        Assert.Equal(0.5, logits.Probabilities([0.25f])[0]);
        Assert.Equal([1.0, 0.0], new Logits(1e5, -1).Probabilities([1, -1])); // no infinity spreads
    }

    [Fact]
    public void Chosen_among_a_bias_does_not_count()
    {
        var logits = new Logits(20, -5).Softmax();
        Assert.False(logits.IsSigmoid);
        Assert.Equal(new Logits(20).Probabilities(Cosines), logits.Probabilities(Cosines));
        Assert.Equal(1, logits.Probabilities(Cosines).Sum(), 1e-12);
    }

    [Fact]
    public void A_temperature_divides_the_whole_logit()
    {
        Assert.Equal(new Logits(10, -2.5), new Logits(20, -5).DividedBy(2));
        Assert.Equal(new Logits(10), new Logits(20).DividedBy(2));
        Assert.Equal(1.0, new Logits(20, -5).Of(0.3), 1e-12);
    }

    [Theory]
    [InlineData(double.NaN, 0)]
    [InlineData(1, double.NaN)]
    [InlineData(1, double.NegativeInfinity)]
    public void What_is_no_number_is_refused(double scale, double bias) => Assert.Contains("the logit",
        Assert.Throws<ClipException>(() => FiniteVectors.Require(new Logits(scale, bias))).Message, StringComparison.Ordinal);
}
