namespace ClipSharp.Evaluation.Probes;

/// <summary>Logistic regression on frozen features, the paper's linear probe (section 3.2, appendix A): the objective of
/// scikit-learn's <c>LogisticRegression</c>, half the squared coefficients plus C times the sum of the rows' losses, minimised
/// by L-BFGS over all rows. Intercepts are not penalised. The result does not depend on the number of threads.</summary>
public static class LogisticRegression
{
    /// <summary>Trains on all rows of a set.</summary>
    /// <param name="set">N rows of D; the features are not copied.</param>
    /// <param name="options">C, tolerance, precision.</param>
    /// <param name="start">A classifier of the same shape to begin with: it changes the way, not the end.</param>
    /// <param name="progress">Told after each iteration.</param>
    /// <param name="cancel">Stops within a pass over the features.</param>
    /// <exception cref="ClipException">Fewer rows than two, one class only, or an option out of range.</exception>
    public static LogisticFit Fit(ProbeSet set, LogisticOptions options, LinearClassifier? start = null,
        IProgress<LogisticProgress>? progress = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(set);
        ArgumentNullException.ThrowIfNull(options);
        if (start is not null && (start.Classes, start.Dimension) != (set.Targets.Classes, set.Dimension))
        {
            throw new ArgumentException(
                $"A classifier [{start.Classes}, {start.Dimension}] for [{set.Targets.Classes}, {set.Dimension}].", nameof(start));
        }

        return LogisticTrainer.Of(set, options, cancel).Fit(options, start, progress);
    }
}
