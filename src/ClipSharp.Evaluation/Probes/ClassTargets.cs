using System.Numerics.Tensors;

namespace ClipSharp.Evaluation.Probes;

/// <summary>One class a row; the loss is the cross-entropy with the softmax of the scores.</summary>
public sealed class ClassTargets : ProbeTargets
{
    private readonly int[] _labels;

    /// <param name="labels">N classes from 0, not copied.</param>
    /// <param name="classes">C, 2 or more.</param>
    /// <exception cref="ClipException">A label is no class.</exception>
    public ClassTargets(int[] labels, int classes)
        : base(labels?.Length ?? throw new ArgumentNullException(nameof(labels)), classes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(classes, 2);
        var wrong = Array.FindIndex(labels, label => (uint)label >= (uint)classes);
        if (wrong >= 0)
        {
            throw new ClipException(ClipError.Data, "A label is no class", $"picture {wrong}", $"{labels[wrong]}",
                $"0 to {classes - 1}", "Give every picture the number of its class, counted from 0.");
        }

        _labels = labels;
    }

    /// <summary>The classes, [N].</summary>
    public IReadOnlyList<int> Labels => _labels;

    internal override bool Exclusive => true;

    /// <summary>Of two classes scikit-learn penalises the one vector that tells them apart, half of which each of ours is with
    /// either sign: their squares add up to half of its.</summary>
    internal override double Penalty => Classes == 2 ? 2 : 1;

    /// <summary>The share of rows whose class has the highest score, of equal ones the first.</summary>
    /// <inheritdoc/>
    public override double Accuracy(Embeddings scores)
    {
        RequireScores(scores);
        var right = 0;
        for (var row = 0; row < Count; row++)
        {
            right += TensorPrimitives.IndexOfMax(scores.Row(row)) == _labels[row] ? 1 : 0;
        }

        return (double)right / Count;
    }

    internal override double Loss<T>(int row, Span<T> scores)
    {
        var label = _labels[row];
        var most = TensorPrimitives.Max<T>(scores);
        var own = double.CreateTruncating(scores[label] - most);
        TensorPrimitives.Subtract(scores, most, scores);
        TensorPrimitives.Exp<T>(scores, scores);
        var sum = TensorPrimitives.Sum<T>(scores);
        TensorPrimitives.Multiply(scores, T.One / sum, scores);
        scores[label] -= T.One;
        return Math.Log(double.CreateTruncating(sum)) - own;
    }

    internal override ProbeTargets Take(IReadOnlyList<int> rows) =>
        new ClassTargets([.. rows.Select(row => _labels[row])], Classes);

    internal override ProbeTargets Join(ProbeTargets other) => other is ClassTargets same && same.Classes == Classes
        ? new ClassTargets([.. _labels, .. same._labels], Classes)
        : throw Unlike(other);

    internal override int GroupOf(int row) => _labels[row];

    internal override void RequireLearnable()
    {
        if (_labels.Distinct().Take(2).Count() < 2)
        {
            throw Unlearnable(_labels.Length == 0 ? "no labels" : $"class {_labels[0]} only", "two classes or more",
                "Give pictures of another class too.");
        }
    }
}
