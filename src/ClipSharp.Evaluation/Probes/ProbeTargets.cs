using System.Numerics;

namespace ClipSharp.Evaluation.Probes;

/// <summary>What a probe learns to tell of each row: one class of several (<see cref="ClassTargets"/>), or for each label whether
/// it applies (<see cref="LabelTargets"/>). The loss goes with it.</summary>
public abstract class ProbeTargets
{
    private protected ProbeTargets(int count, int classes) => (Count, Classes) = (count, classes);

    /// <summary>N.</summary>
    public int Count { get; }

    /// <summary>C: classes or labels.</summary>
    public int Classes { get; }

    /// <summary>What the squared coefficients are multiplied by in the objective, beside the half.</summary>
    internal virtual double Penalty => 1;

    /// <summary>The share of decisions that scores get right, 0 to 1.</summary>
    /// <param name="scores">[N, C].</param>
    public abstract double Accuracy(Embeddings scores);

    /// <summary>Whether just one class applies, so that the probabilities of a row add up to 1.</summary>
    internal abstract bool Exclusive { get; }

    /// <summary>The loss of a row; its scores, [C], become their gradient.</summary>
    internal abstract double Loss<T>(int row, Span<T> scores)
        where T : struct, IBinaryFloatingPointIeee754<T>;

    /// <summary>Some rows.</summary>
    internal abstract ProbeTargets Take(IReadOnlyList<int> rows);

    /// <summary>These rows and others after them.</summary>
    internal abstract ProbeTargets Join(ProbeTargets other);

    /// <summary>For each row the group that a split divides alike.</summary>
    internal abstract int GroupOf(int row);

    /// <summary>Refuses targets from which nothing can be learnt.</summary>
    internal abstract void RequireLearnable();

    private protected ClipException Unlearnable(string found, string expected, string remedy) =>
        new(ClipError.Data, "A probe cannot be trained", $"labels of {Count} pictures", found, expected, remedy);

    private protected ArgumentException Unlike(ProbeTargets other) =>
        new($"Targets of {Classes} classes ({GetType().Name}) and of {other.Classes} ({other.GetType().Name}).", nameof(other));

    private protected void RequireScores(Embeddings scores)
    {
        ArgumentNullException.ThrowIfNull(scores);
        if ((scores.Count, scores.Dimension) != (Count, Classes))
        {
            throw new ArgumentException($"Scores [{scores.Count}, {scores.Dimension}] for targets [{Count}, {Classes}].",
                nameof(scores));
        }
    }
}
