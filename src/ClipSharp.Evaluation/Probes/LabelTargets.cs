namespace ClipSharp.Evaluation.Probes;

/// <summary>Any number of labels a row, each a problem of its own: the loss is the sum of logistic losses.</summary>
public sealed class LabelTargets : ProbeTargets
{
    private readonly LabelState[] _states;

    /// <param name="states">[N, C], row-major, not copied.</param>
    /// <param name="labels">C, 1 or more.</param>
    public LabelTargets(LabelState[] states, int labels)
        : base((states ?? throw new ArgumentNullException(nameof(states))).Length / Math.Max(labels, 1), labels)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(labels, 1);
        if (states.Length % labels != 0)
        {
            throw new ArgumentException($"{states.Length} states are no rows of {labels}.", nameof(states));
        }

        _states = states;
    }

    /// <summary>Whether a label applies to a row.</summary>
    public LabelState this[int row, int label] => _states[(row * Classes) + label];

    internal override bool Exclusive => false;

    /// <summary>The share of labels whose score is above 0 just where they apply, ignored ones left out.</summary>
    /// <inheritdoc/>
    public override double Accuracy(Embeddings scores)
    {
        RequireScores(scores);
        long right = 0, counted = 0;
        for (var row = 0; row < Count; row++)
        {
            var of = scores.Row(row);
            for (var label = 0; label < Classes; label++)
            {
                if (this[row, label] is var state && state != LabelState.Ignored)
                {
                    counted++;
                    right += of[label] > 0 == (state == LabelState.Present) ? 1 : 0;
                }
            }
        }

        return (double)right / counted;
    }

    internal override double Loss<T>(int row, Span<T> scores)
    {
        double loss = 0;
        for (var label = 0; label < Classes; label++)
        {
            var state = this[row, label];
            if (state == LabelState.Ignored)
            {
                scores[label] = T.Zero;
                continue;
            }

            var score = double.CreateTruncating(scores[label]);
            var signed = state == LabelState.Present ? score : -score;
            loss += Math.Max(-signed, 0) + double.LogP1(Math.Exp(-Math.Abs(score)));
            scores[label] = T.CreateTruncating(state == LabelState.Present ? -Sigmoid(-score) : Sigmoid(score));
        }

        return loss;
    }

    internal override ProbeTargets Take(IReadOnlyList<int> rows) =>
        new LabelTargets([.. rows.SelectMany(row => _states.AsSpan(row * Classes, Classes).ToArray())], Classes);

    internal override ProbeTargets Join(ProbeTargets other) => other is LabelTargets same && same.Classes == Classes
        ? new LabelTargets([.. _states, .. same._states], Classes)
        : throw Unlike(other);

    // By the first label that applies: what most sets hold few of is mostly alone in its picture.
    internal override int GroupOf(int row) => 1 + _states.AsSpan(row * Classes, Classes).IndexOf(LabelState.Present);

    internal override void RequireLearnable()
    {
        for (var label = 0; label < Classes; label++)
        {
            var of = Enumerable.Range(0, Count).Select(row => this[row, label]).ToHashSet();
            if (!of.Contains(LabelState.Present) || !of.Contains(LabelState.Absent))
            {
                throw Unlearnable($"label {label} {(of.Contains(LabelState.Present) ? "in all" : "in none")}",
                    "each label in some and not in others", "Leave this label out, or give more pictures.");
            }
        }
    }

    private static double Sigmoid(double score) => 1 / (1 + Math.Exp(-score));
}
