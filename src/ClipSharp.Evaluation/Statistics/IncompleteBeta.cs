namespace ClipSharp.Evaluation.Statistics;

/// <summary>The regularised incomplete beta function I_x(a, b) and its inverse (NIST Digital Library of Mathematical Functions,
/// 8.17): the distribution function and the quantiles of a beta distribution.</summary>
internal static class IncompleteBeta
{
    private const int MaxTerms = 100_000;

    // B_2k / (2k (2k − 1)), the coefficients of Stirling's series (DLMF 5.11.1).
    private static readonly double[] Stirling =
        [1.0 / 12, -1.0 / 360, 1.0 / 1260, -1.0 / 1680, 1.0 / 1188, -691.0 / 360360, 1.0 / 156];

    /// <summary>I_x(a, b) for a, b above 0 and x in [0, 1].</summary>
    public static double Value(double x, double a, double b)
    {
        if (x <= 0 || x >= 1)
        {
            return x <= 0 ? 0 : 1;
        }

        // The fraction converges fast below the mean; above it the mirrored one does (DLMF 8.17.4).
        return x <= (a + 1) / (a + b + 2) ? Fraction(x, a, b) : 1 - Fraction(1 - x, b, a);
    }

    /// <summary>The x with I_x(a, b) = probability, by bisection to the last bit.</summary>
    public static double Inverse(double probability, double a, double b)
    {
        var (low, high) = (0.0, 1.0);
        while (true)
        {
            var middle = low + ((high - low) / 2);
            if (middle <= low || middle >= high)
            {
                return middle;
            }

            if (Value(middle, a, b) < probability)
            {
                low = middle;
            }
            else
            {
                high = middle;
            }
        }
    }

    // The continued fraction DLMF 8.17.22, evaluated forwards as a ratio of two linear recurrences that is rescaled at each term.
    private static double Fraction(double x, double a, double b)
    {
        var scale = Math.Exp((a * Math.Log(x)) + (b * Math.Log(1 - x)) - LogBeta(a, b)) / a;
        var (numeratorBefore, numerator, denominatorBefore, denominator) = (1.0, 1.0, 0.0, 1.0);
        for (var term = 1; term <= MaxTerms; term++)
        {
            var m = term / 2;
            var coefficient = term % 2 == 0
                ? m * (b - m) * x / ((a + (2 * m) - 1) * (a + (2 * m)))
                : -(a + m) * (a + b + m) * x / ((a + (2 * m)) * (a + (2 * m) + 1));
            (numeratorBefore, numerator) = (numerator, numerator + (coefficient * numeratorBefore));
            (denominatorBefore, denominator) = (denominator, denominator + (coefficient * denominatorBefore));
            var before = numeratorBefore / denominatorBefore;
            (numeratorBefore, numerator) = (numeratorBefore / denominator, numerator / denominator);
            (denominatorBefore, denominator) = (denominatorBefore / denominator, 1);
            if (term > 2 && Math.Abs(numerator - before) <= 1e-15 * Math.Abs(numerator))
            {
                break;
            }
        }

        return scale / numerator; // 8.17.22 has the fraction 1/(1 + d1/(1 + d2/(1 + ...)))
    }

    private static double LogBeta(double a, double b) => LogGamma(a) + LogGamma(b) - LogGamma(a + b);

    // ln Γ: raised to 10 or more by Γ(x + 1) = x Γ(x), then Stirling's series, whose first term left out is below 1e-16 there.
    private static double LogGamma(double x)
    {
        var product = 1.0;
        for (; x < 10; x++)
        {
            product *= x;
        }

        var series = 0.0;
        for (var (k, power) = (0, 1 / x); k < Stirling.Length; k++, power /= x * x)
        {
            series += Stirling[k] * power;
        }

        return ((x - 0.5) * Math.Log(x)) - x + (0.5 * Math.Log(2 * Math.PI)) + series - Math.Log(product);
    }
}
