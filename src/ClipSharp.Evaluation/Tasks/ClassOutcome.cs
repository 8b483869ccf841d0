using System.Numerics;
using ClipSharp.Data.Index;
using ClipSharp.Host;
using ClipSharp.Retrieval;

namespace ClipSharp.Evaluation.Tasks;

/// <summary>From scores of the classes to outcomes: place of the truth, what was said, probabilities.</summary>
internal static class ClassOutcome
{
    /// <summary>The scores of a picture.</summary>
    /// <param name="row">Which.</param>
    /// <param name="scores">[C], written.</param>
    public delegate void Scoring(int row, Span<double> scores);

    /// <summary>The outcomes of labelled pictures.</summary>
    /// <param name="index">The samples.</param>
    /// <param name="sampleIds">[N]: which sample each row is.</param>
    /// <param name="labels">[N] true classes.</param>
    /// <param name="classes">C.</param>
    /// <param name="logits">From scores to probabilities; null = they are probabilities.</param>
    /// <param name="score">Gives scores; called by several threads.</param>
    /// <param name="cancel">Stops it.</param>
    /// <exception cref="ClipException">A picture has a class without a name.</exception>
    public static Outcomes Of(SampleIndex? index, IReadOnlyList<int> sampleIds, IReadOnlyList<int> labels, int classes,
        Logits? logits, Scoring score, CancellationToken cancel)
    {
        RequireNames(labels, classes);
        var rows = new Outcome[labels.Count];
        var options = new ParallelOptions { MaxDegreeOfParallelism = Processors.Threads, CancellationToken = cancel };
        Parallel.For(0, rows.Length, options, () => new double[classes], (row, _, scores) =>
        {
            score(row, scores);
            var sample = sampleIds[row];
            rows[row] = Of(index?.Key(sample) ?? FormattableString.Invariant($"{sample}"), sample, labels[row], scores, logits);
            return scores;
        }, _ => { });
        return new Outcomes(rows) { ClassCount = classes, Samples = index };
    }

    /// <summary>Refuses labels beyond the names.</summary>
    /// <exception cref="ClipException">A picture has a class without a name.</exception>
    public static void RequireNames(IReadOnlyList<int> labels, int classes)
    {
        if (labels.Where(label => label < 0 || label >= classes).Take(1).ToList() is [var stranger])
        {
            throw new ClipException(ClipError.Data, "A picture has a class without a name", "evaluation", $"class {stranger}",
                $"0 to {classes - 1}", "Compare the list of class names with the data set.");
        }
    }

    /// <summary>The same of scores that are logits.</summary>
    /// <param name="index">The samples.</param>
    /// <param name="sampleIds">[N].</param>
    /// <param name="labels">[N].</param>
    /// <param name="scores">[N, C].</param>
    /// <param name="cancel">Stops it.</param>
    public static Outcomes Of(SampleIndex? index, IReadOnlyList<int> sampleIds, IReadOnlyList<int> labels, Embeddings scores,
        CancellationToken cancel) =>
        Of(index, sampleIds, labels, scores.Dimension, new Logits(1), (row, into) =>
        {
            var from = scores.Row(row);
            for (var c = 0; c < into.Length; c++)
            {
                into[c] = from[c];
            }
        }, cancel);

    /// <summary>At which place the truth stands, and what is said: of equal scores the first.</summary>
    public static (OwnRank Rank, int Said) Place<T>(ReadOnlySpan<T> scores, int label)
        where T : struct, INumber<T>
    {
        var own = scores[label];
        var (better, tied, said) = (0, 0, 0);
        for (var c = 0; c < scores.Length; c++)
        {
            better += scores[c] > own ? 1 : 0;
            tied += scores[c] == own ? 1 : 0;
            said = scores[c] > scores[said] ? c : said;
        }

        return (new OwnRank(better, tied, 1), said);
    }

    // The scores are written over.
    private static Outcome Of(string id, int sample, int label, Span<double> scores, Logits? logits)
    {
        var (rank, said) = Place<double>(scores, label);
        logits?.ToProbabilities(scores);
        var squares = 0.0;
        foreach (var probability in scores)
        {
            squares += probability * probability;
        }

        return new Outcome(id)
        {
            Sample = sample,
            Class = label,
            Predicted = said,
            Rank = rank,
            Score = scores[label],
            Confidence = scores[said],
            SquaredError = squares - (2 * scores[label]) + 1,
        };
    }
}
