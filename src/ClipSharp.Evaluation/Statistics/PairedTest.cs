namespace ClipSharp.Evaluation.Statistics;

/// <summary>What a p-value of two models comes from.</summary>
public enum PairedTest
{
    /// <summary>The exact test of rows that are right or wrong.</summary>
    McNemar,

    /// <summary>The share of drawn sets on which the difference has the other sign.</summary>
    Bootstrap,
}
