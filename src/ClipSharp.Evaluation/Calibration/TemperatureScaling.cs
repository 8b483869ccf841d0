using ClipSharp.Host;

namespace ClipSharp.Evaluation.Calibration;

/// <summary>One temperature by which logits are divided so that probabilities fit accuracies (Guo et al. 2017): the one with the
/// least log-loss on held-out rows. It changes no ranking. In 1/T the loss is convex, so Newton's steps, kept within a bracket,
/// find the only minimum.</summary>
/// <param name="Temperature">T above 0; above 1 the model was too sure of itself.</param>
/// <param name="LossBefore">Log-loss at T = 1, in nats.</param>
/// <param name="LossAfter">Log-loss at T.</param>
/// <param name="IsBounded">Whether the loss falls on to the end of what was tried, a factor of 2²⁰ either way, as where every row
/// is right or the model is worse than guessing: T then means nothing.</param>
public sealed record TemperatureScaling(double Temperature, double LossBefore, double LossAfter, bool IsBounded)
{
    private const double Most = 1 << 20;
    private const double Precision = 1e-12;
    private const int Block = 1024; // rows that are added up together, whatever the threads, so that sums are always the same

    /// <summary>Fits.</summary>
    /// <param name="labels">[N] true classes.</param>
    /// <param name="classes">C.</param>
    /// <param name="logits">Gives the logits; called by several threads, and for each row some ten times.</param>
    /// <param name="cancel">Stops it.</param>
    /// <exception cref="ClipException">There is no row, or a logit is not finite.</exception>
    public static TemperatureScaling Fit(IReadOnlyList<int> labels, int classes, LogitSource logits,
        CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentNullException.ThrowIfNull(logits);
        if (labels.Count == 0)
        {
            throw new ClipException(ClipError.Data, "There is nothing to fit a temperature to", "calibration", "no row",
                "one or more", "Give held-out rows.");
        }

        if (labels.Any(label => label < 0 || label >= classes))
        {
            throw new ArgumentOutOfRangeException(nameof(labels), $"A label is not within 0 to {classes - 1}.");
        }

        var start = At(1);
        var (at, inverse, low, high, step) = (start, 1.0, 1 / Most, Most, Most);
        while (at.Slope != 0 && step > Precision * inverse)
        {
            (low, high) = at.Slope > 0 ? (low, inverse) : (inverse, high);
            var newton = inverse - (at.Slope / at.Curvature);

            // Far from the minimum the loss is nearly exponential and Newton's steps are all alike: then the bracket is halved.
            var isFast = newton > low && newton < high && Math.Abs(newton - inverse) <= step / 2;
            var next = isFast ? newton : Math.Sqrt(low * high);
            (step, inverse) = (Math.Abs(next - inverse), next);
            at = At(inverse);
        }

        return new TemperatureScaling(1 / inverse, start.Loss, at.Loss,
            at.Curvature == 0 || inverse is < 1.001 / Most or > Most / 1.001);

        Sums At(double scale) => Add(labels, classes, logits, scale, cancel);
    }

    private static Sums Add(IReadOnlyList<int> labels, int classes, LogitSource logits, double scale, CancellationToken cancel)
    {
        var sums = new Sums[(labels.Count + Block - 1) / Block];
        var options = new ParallelOptions { MaxDegreeOfParallelism = Processors.Threads, CancellationToken = cancel };
        Parallel.For(0, sums.Length, options, () => new double[classes], (block, _, row) =>
        {
            for (var i = block * Block; i < Math.Min(labels.Count, (block + 1) * Block); i++)
            {
                logits(i, row);
                sums[block] += Of(row, labels[i], scale);
            }

            return row;
        }, _ => { });
        var total = sums.Aggregate((a, b) => a + b);
        return double.IsFinite(total.Loss)
            ? new Sums(total.Loss / labels.Count, total.Slope / labels.Count, total.Curvature / labels.Count)
            : throw new ClipException(ClipError.Data, "A temperature cannot be fitted", "calibration",
                "a logit that is no number", "finite logits", "Check the vectors.");
    }

    // The loss of a row and its two derivatives by the scale 1/T: the mean logit less the true one, and the logits' variance.
    private static Sums Of(ReadOnlySpan<double> logits, int label, double scale)
    {
        var greatest = double.NegativeInfinity;
        foreach (var logit in logits)
        {
            greatest = Math.Max(greatest, logit);
        }

        var (sum, first, second) = (0.0, 0.0, 0.0);
        foreach (var logit in logits)
        {
            var below = logit - greatest;
            var part = Math.Exp(scale * below);
            sum += part;
            first += part * below;
            second += part * below * below;
        }

        var (mean, own) = (first / sum, logits[label] - greatest);
        return new Sums(Math.Log(sum) - (scale * own), mean - own, (second / sum) - (mean * mean));
    }

    private readonly record struct Sums(double Loss, double Slope, double Curvature)
    {
        public static Sums operator +(Sums a, Sums b) => new(a.Loss + b.Loss, a.Slope + b.Slope, a.Curvature + b.Curvature);
    }
}
