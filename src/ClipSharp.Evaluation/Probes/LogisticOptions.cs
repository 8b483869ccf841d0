namespace ClipSharp.Evaluation.Probes;

/// <summary>How a logistic regression is trained.</summary>
public sealed record LogisticOptions
{
    /// <summary>scikit-learn's C: the weight of the sum of losses against half the squared coefficients; above 0. Its inverse is
    /// the strength λ of the regularisation.</summary>
    public double C { get; init; } = 1;

    /// <summary>At most so many iterations; 1,000 as in the paper.</summary>
    public int MaxIterations { get; init; } = 1000;

    /// <summary>Training ends when the gradient, measured by the curvature, promises no more than this: the fall of a row's mean
    /// loss, in nats, that is still to come. The default holds probabilities within 1e-4 of the optimum where C is 100; float32
    /// cannot tell much less.</summary>
    public double Tolerance { get; init; } = 1e-14;

    /// <summary>The numbers that are multiplied.</summary>
    public ProbePrecision Precision { get; init; } = ProbePrecision.Fp32;

    /// <summary>Threads at most; null as many as the process may use. The result is the same to the bit.</summary>
    internal int? Threads { get; init; }

    internal void Require()
    {
        if (!(C > 0) || !double.IsFinite(C))
        {
            throw Wrong(nameof(C), $"{C}", "a finite number above 0");
        }

        if (MaxIterations < 1)
        {
            throw Wrong(nameof(MaxIterations), $"{MaxIterations}", "1 or more");
        }

        if (!(Tolerance >= 0))
        {
            throw Wrong(nameof(Tolerance), $"{Tolerance}", "0 or more");
        }
    }

    private static ClipException Wrong(string option, string found, string expected) => new(ClipError.Usage,
        "A logistic regression cannot be trained so", option, found, expected, "Give another value.");
}
