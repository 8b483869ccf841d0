using ClipSharp.Evaluation.Tasks;
using ClipSharp.Host;
using ClipSharp.Retrieval;

namespace ClipSharp.Evaluation.Templates;

/// <summary>Labelled pictures that many classifiers name one after the other: of each only the place of the truth and what was
/// said is kept, no probabilities, and no more of the [N, C] scores than a tile.</summary>
/// <param name="vectors">[N, E].</param>
/// <param name="labels">[N], each below the classifiers' C.</param>
/// <param name="ids">[N] names of the rows.</param>
internal sealed class RankedPictures(Embeddings vectors, int[] labels, string[] ids)
{
    private const int Tile = 64; // rows that share a walk through the classifier

    /// <summary>N.</summary>
    public int Count => labels.Length;

    /// <summary>Some of them.</summary>
    public RankedPictures Rows(int[] rows) =>
        new(vectors.Rows(rows), [.. rows.Select(row => labels[row])], [.. rows.Select(row => ids[row])]);

    /// <summary>Two halves: of each class every other picture, in an order that the seed decides.</summary>
    public (RankedPictures First, RankedPictures Second) Halves(long seed)
    {
        var rows = Enumerable.Range(0, Count).ToArray();
        new RandomStream(seed, RandomPurpose.ValidationSplit).Shuffle<int>(rows);
        int[] dealt = [.. rows.OrderBy(row => labels[row])]; // stable: within a class as they were shuffled
        return (Rows([.. Every(0)]), Rows([.. Every(1)]));

        IEnumerable<int> Every(int other) => dealt.Where((_, place) => place % 2 == other).Order();
    }

    /// <summary>What a classifier says.</summary>
    /// <param name="classifier">[C, E].</param>
    /// <param name="cancel">Stops it.</param>
    public Outcomes NamedBy(Embeddings classifier, CancellationToken cancel)
    {
        var rows = new Outcome[Count];
        var options = new ParallelOptions { MaxDegreeOfParallelism = Processors.Threads, CancellationToken = cancel };
        Parallel.For(0, (Count + Tile - 1) / Tile, options, () => new float[Tile * classifier.Count], (tile, _, cosines) =>
        {
            var (first, count) = (tile * Tile, Math.Min(Tile, Count - (tile * Tile)));
            DotProducts.Block(vectors, first, count, classifier, 0, classifier.Count, cosines);
            for (var i = 0; i < count; i++)
            {
                rows[first + i] = Named(first + i, cosines.AsSpan(i * classifier.Count, classifier.Count));
            }

            return cosines;
        }, _ => { });
        return new Outcomes(rows) { ClassCount = classifier.Count };
    }

    private Outcome Named(int row, ReadOnlySpan<float> cosines)
    {
        var (rank, said) = ClassOutcome.Place(cosines, labels[row]);
        return new Outcome(ids[row])
        {
            Sample = row,
            Class = labels[row],
            Predicted = said,
            Rank = rank,
        };
    }
}
