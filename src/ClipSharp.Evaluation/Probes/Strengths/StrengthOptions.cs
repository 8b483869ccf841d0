namespace ClipSharp.Evaluation.Probes.Strengths;

/// <summary>How the strength of a probe's regularisation is searched.</summary>
public sealed record StrengthOptions
{
    /// <summary>Of each training; its C is not used, its tolerance for the last training only: 1e-11 where none is
    /// given.</summary>
    public LogisticOptions Training { get; init; } = new() { Tolerance = 1e-11 };

    /// <summary>The tolerance of the trainings by whose scores a strength is chosen: 1e-9 leaves scores within some 1e-4 of their
    /// end, which moves no picture to another class but by chance.</summary>
    public double TrialTolerance { get; init; } = 1e-9;

    /// <summary>What a strength is chosen by, the higher the better: a function of the validation split's scores, [N, C]. Null
    /// takes <see cref="ProbeTargets.Accuracy"/>.</summary>
    public Func<Embeddings, double>? Score { get; init; }
}
