using System.Globalization;

namespace ClipSharp.Evaluation.Statistics;

/// <summary>What accuracy under a shift to expect of an accuracy without it (Taori et al. 2020, paper 3.3): a straight line
/// through reference models, logit(shift) = slope · logit(in) + intercept. What a model has above the line is its effective
/// robustness.</summary>
public sealed class RobustnessFit
{
    /// <summary>Fewer models say nothing about a line.</summary>
    public const int LeastModels = 3;

    private readonly IReadOnlyList<LinearFit> _resampled;

    /// <param name="models">The reference models.</param>
    /// <param name="seed">Of the draws for the bands.</param>
    /// <exception cref="ClipException">Too few have accuracies above 0 and below 1, or all have the same.</exception>
    public RobustnessFit(IReadOnlyList<ReferenceModel> models, long seed = 0)
    {
        ArgumentNullException.ThrowIfNull(models);
        Models = [.. models.Where(HasLogits)];
        LeftOut = [.. models.Where(model => !HasLogits(model))];
        double[] x = [.. Models.Select(model => Logit(model.AccuracyIn))];
        double[] y = [.. Models.Select(model => Logit(model.AccuracyShift))];
        if (x.Distinct().Count() < LeastModels)
        {
            throw new ClipException(ClipError.Data, "There are too few reference models for a line", "robustness",
                string.Create(CultureInfo.InvariantCulture,
                    $"{x.Distinct().Count()} different accuracies above 0 and below 1 among {models.Count} models"),
                $"{LeastModels} or more", "Give more models in the table.");
        }

        Line = LinearFit.Of(x, y);
        _resampled = LinearFit.Resampled(x, y, seed);
    }

    /// <summary>The models that the line was laid through.</summary>
    public IReadOnlyList<ReferenceModel> Models { get; }

    /// <summary>Those with an accuracy of 0 or 1, whose logit is infinite.</summary>
    public IReadOnlyList<ReferenceModel> LeftOut { get; }

    /// <summary>The line, in logits.</summary>
    public LinearFit Line { get; }

    /// <summary>The accuracy under the shift that the line gives.</summary>
    /// <param name="accuracyIn">0 to 1.</param>
    public double Expected(double accuracyIn) => Share(Line.At(Logit(accuracyIn)));

    /// <summary>The 95% band of <see cref="Expected"/>: where the line lies through other draws of the models. It knows nothing
    /// of the samples that accuracies were measured on.</summary>
    /// <param name="accuracyIn">0 to 1.</param>
    public (double Low, double High) Band(double accuracyIn) =>
        Bootstrap.Middle([.. _resampled.Select(line => Share(line.At(Logit(accuracyIn))))]);

    /// <summary>What a model has above the line, with the band's ends for its interval.</summary>
    /// <param name="accuracyIn">0 to 1.</param>
    /// <param name="accuracyShift">0 to 1.</param>
    public (double Value, double Low, double High) EffectiveRobustness(double accuracyIn, double accuracyShift)
    {
        var (low, high) = Band(accuracyIn);
        return (accuracyShift - Expected(accuracyIn), accuracyShift - high, accuracyShift - low);
    }

    /// <summary>What a measure such as more data or fine-tuning gained under the shift.</summary>
    /// <param name="before">Accuracy under the shift without it.</param>
    /// <param name="after">Accuracy under the shift with it.</param>
    public static double RelativeRobustness(double before, double after) => after - before;

    private static bool HasLogits(ReferenceModel model) => model is { AccuracyIn: > 0 and < 1, AccuracyShift: > 0 and < 1 };

    private static double Logit(double share)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(share);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(share, 1);
        return Math.Log(share / (1 - share));
    }

    private static double Share(double logit) => 1 / (1 + Math.Exp(-logit));
}
