using ClipSharp.Retrieval;

namespace ClipSharp.Evaluation;

/// <summary>What became of one sample: what was true, what was said, at which place. Every metric and every statistic is made of
/// these rows. A task fills in what its metrics read; the rest stays as it is.</summary>
/// <param name="Id">What the row is called in reports, such as the key of its picture.</param>
public readonly record struct Outcome(string Id)
{
    /// <summary>The number of its picture among the samples, or −1.</summary>
    public int Sample { get; init; } = -1;

    /// <summary>The true class; in a multi-label set the class that is asked about; −1 where there are no classes.</summary>
    public int Class { get; init; } = -1;

    /// <summary>Whether the class that is asked about is there; without such a question true.</summary>
    public bool IsPositive { get; init; } = true;

    /// <summary>Whether it does not count, as VOC's "difficult" objects.</summary>
    public bool IsIgnored { get; init; }

    /// <summary>The class that was said; of several that score the same the first; −1 where none was.</summary>
    public int Predicted { get; init; } = -1;

    /// <summary>At which place the truth stands.</summary>
    public OwnRank Rank { get; init; }

    /// <summary>The score that the metric is made of: the probability of the true class, the cosine of the class that is asked
    /// about, or what a task of one's own gives its rows.</summary>
    public double Score { get; init; }

    /// <summary>The probability of the class that was said, 0 to 1.</summary>
    public double Confidence { get; init; }

    /// <summary>The squared distance between the probabilities and the truth, summed over the classes (Brier 1950), 0 to
    /// 2; more where each class has a probability of its own.</summary>
    public double SquaredError { get; init; }

    /// <summary>The group of people, region or relation that it belongs to, or −1.</summary>
    public int Group { get; init; } = -1;
}
