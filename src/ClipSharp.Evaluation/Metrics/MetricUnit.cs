namespace ClipSharp.Evaluation.Metrics;

/// <summary>What kind of number a metric is.</summary>
public enum MetricUnit
{
    /// <summary>0 to 1, shown in per cent; more is better.</summary>
    Share,

    /// <summary>0 to 1, shown in per cent; less is better.</summary>
    ErrorShare,

    /// <summary>A place from 1; less is better.</summary>
    Rank,

    /// <summary>Any number; more is better.</summary>
    Score,

    /// <summary>Any number; less is better.</summary>
    Loss,
}
