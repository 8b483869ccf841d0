namespace ClipSharp.Evaluation.Probes;

/// <summary>How the strength of a probe's regularisation is searched.</summary>
public sealed record StrengthOptions
{
    /// <summary>Of each training; its C is not used.</summary>
    public LogisticOptions Training { get; init; } = new();

    /// <summary>What a strength is chosen by, the higher the better: a function of the validation split's scores, [N, C]. Null takes
    /// <see cref="ProbeTargets.Accuracy"/>.</summary>
    public Func<Embeddings, double>? Score { get; init; }
}
