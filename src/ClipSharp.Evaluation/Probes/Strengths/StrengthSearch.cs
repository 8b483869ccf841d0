namespace ClipSharp.Evaluation.Probes.Strengths;

/// <summary>The paper's search of the strength λ of the regularisation (appendix A): between 1e-6 and 1e6, on a grid of 96 equal
/// steps of the logarithm, 8 a decade. First 1e-6, 1e-4, ..., 1e6; then both neighbours of the best at half the distance, and
/// again, until they are one step apart: 15 trainings, fewer at an end of the grid.</summary>
/// <remarks>λ is the inverse of scikit-learn's C, which weighs the sum of losses against half the squared coefficients: the 0.316
/// of CLIP's README is λ = 10^0.5, which lies on the grid. Of strengths that score the same the stronger is chosen: where
/// validation sees no difference, the smaller coefficients.</remarks>
public static class StrengthSearch
{
    private const int StepsADecade = 8;
    private const int FirstStep = 2 * StepsADecade;
    private const int End = 6 * StepsADecade;

    /// <summary>Searches on two splits, then trains on both.</summary>
    /// <param name="train">What is trained on.</param>
    /// <param name="validation">What strengths are chosen by; see <see cref="ProbeSet.Split"/> for sets that have none.</param>
    /// <param name="options">Score, tolerance, precision.</param>
    /// <param name="progress">Told after each strength that was tried.</param>
    /// <param name="cancel">Stops within a training.</param>
    /// <exception cref="ClipException">As <see cref="LogisticRegression.Fit"/> has it; or a score is not a number.</exception>
    public static StrengthResult Run(ProbeSet train, ProbeSet validation, StrengthOptions options,
        IProgress<StrengthTrial>? progress = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(train);
        ArgumentNullException.ThrowIfNull(validation);
        ArgumentNullException.ThrowIfNull(options);
        var both = train.Join(validation);
        var score = options.Score ?? validation.Targets.Accuracy;
        var training = options.Training with { Tolerance = options.TrialTolerance };
        var trainer = LogisticTrainer.Of(train, training, cancel);
        var trials = new Dictionary<int, StrengthTrial>();
        void Try(int exponent)
        {
            if (Math.Abs(exponent) > End || trials.ContainsKey(exponent))
            {
                return;
            }

            var strength = Math.Pow(10, (double)exponent / StepsADecade);
            var nearest = trials.Count == 0 ? null : trials.MinBy(trial => Math.Abs(trial.Key - exponent)).Value;
            var fit = trainer.Fit(training with { C = 1 / strength }, nearest?.Fit.Classifier, null);
            var trial = new StrengthTrial(strength, Number(score(fit.Classifier.Scores(validation, cancel)), strength), fit);
            trials.Add(exponent, trial);
            progress?.Report(trial);
        }

        for (var exponent = End; exponent >= -End; exponent -= FirstStep) // the strong ones are trained in a few steps
        {
            Try(exponent);
        }

        for (var step = FirstStep / 2; step >= 1; step /= 2)
        {
            var best = Best(trials);
            Try(best + step);
            Try(best - step);
        }

        var chosen = trials[Best(trials)];
        var last = LogisticRegression.Fit(both, options.Training with { C = chosen.C }, chosen.Fit.Classifier, cancel: cancel);
        return new StrengthResult(chosen, [.. trials.Values], last);
    }

    private static int Best(Dictionary<int, StrengthTrial> trials) =>
        trials.OrderByDescending(trial => trial.Value.Score).ThenByDescending(trial => trial.Key).First().Key;

    private static double Number(double score, double strength) => !double.IsNaN(score) ? score : throw new ClipException(
        ClipError.Data, "A probe's score is not a number", $"strength {strength:g4}", "NaN", "a number",
        "Give a validation split for which the metric is defined.");
}
