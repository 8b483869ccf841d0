namespace ClipSharp.Evaluation.Probes;

/// <summary>The numbers in which a probe multiplies matrices; sums over pictures and the objective are float64 in both.</summary>
public enum ProbePrecision
{
    /// <summary>float32, as the features are: twice as fast.</summary>
    Fp32,

    /// <summary>float64.</summary>
    Fp64,
}
