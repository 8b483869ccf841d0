using System.Globalization;
using ClipSharp.Evaluation.Probes;

namespace ClipSharp.Evaluation.Tests.Probes;

[Trait("Category", "Numeric")]
public sealed class LogisticRegressionTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData("0.316", ProbePrecision.Fp32)]
    [InlineData("3.16", ProbePrecision.Fp32)]
    [InlineData("100", ProbePrecision.Fp32)]
    [InlineData("0.316", ProbePrecision.Fp64)]
    [InlineData("3.16", ProbePrecision.Fp64)]
    [InlineData("100", ProbePrecision.Fp64)]
    public void As_usual_it_ends_near_the_optimum_and_is_as_right_as_scikit_learn(string c, ProbePrecision precision)
    {
        using var fixture = new ProbeFixture();
        var fit = LogisticRegression.Fit(fixture.Train, Options(c) with { Precision = precision });
        var (coefficients, probabilities) = Off(fixture, fit.Classifier, c);
        output.WriteLine($"{fit.Iterations} iterations, {fit.Evaluations} passes, gradient {fit.GradientNorm:e1}; coefficients off "
            + $"{coefficients:e1}, probabilities {probabilities:e1}");
        Assert.True(fit.Converged);
        Assert.InRange(coefficients, 0, 1e-3);
        Assert.InRange(probabilities, 0, 1e-4);
        Assert.Equal(0, fit.Classifier.Bias.Sum(), 1e-9);
        var theirs = fixture.TestTargets.Accuracy(fixture.Classifier("sklearn", c).Scores(fixture.TestFeatures));
        Assert.True(fixture.TestTargets.Accuracy(fit.Classifier.Scores(fixture.TestFeatures)) >= theirs);
    }

    [Theory]
    [InlineData("0.316")]
    [InlineData("3.16")]
    [InlineData("100")]
    public void Iterated_to_the_end_in_float64_it_is_the_optimum(string c)
    {
        using var fixture = new ProbeFixture();
        var fit = LogisticRegression.Fit(fixture.Train, Options(c) with { Precision = ProbePrecision.Fp64, Tolerance = 1e-18 });
        var (coefficients, probabilities) = Off(fixture, fit.Classifier, c);
        output.WriteLine($"{fit.Iterations} iterations, {fit.Evaluations} passes, gradient {fit.GradientNorm:e1}; coefficients off "
            + $"{coefficients:e1}, probabilities {probabilities:e1}");
        Assert.True(fit.Converged);
        Assert.InRange(probabilities, 0, 1e-6);
        Assert.InRange(coefficients, 0, 1e-6);
    }

    private static LogisticOptions Options(string c) => new() { C = double.Parse(c, CultureInfo.InvariantCulture) };

    private static (double Coefficients, double Probabilities) Off(ProbeFixture fixture, LinearClassifier ours, string c)
    {
        var optimum = fixture.Classifier("optimum", c);
        var probabilities = ours.Probabilities(fixture.TestFeatures).Values.Select(value => (double)value);
        return (Math.Max(Largest(ours.Weights, optimum.Weights), Largest(ours.Bias, optimum.Bias)),
            Largest(probabilities, fixture.Probabilities("optimum", c)));
    }

    private static double Largest(IEnumerable<double> ours, IEnumerable<double> theirs) =>
        ours.Zip(theirs, (a, b) => Math.Abs(a - b)).Max();
}
