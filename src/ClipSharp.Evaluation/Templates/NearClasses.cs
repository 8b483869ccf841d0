using ClipSharp.Retrieval;

namespace ClipSharp.Evaluation.Templates;

/// <summary>Two classes whose names mean nearly the same to the model.</summary>
/// <param name="First">A class, 0 to C − 1.</param>
/// <param name="Second">Another, of a higher number.</param>
/// <param name="Cosine">Of their vectors; 1 = the same.</param>
public readonly record struct NearClasses(int First, int Second, double Cosine)
{
    private const int Tile = 64;

    /// <summary>Pictures of the first.</summary>
    public int OfFirst { get; init; }

    /// <summary>How many of them were taken for the second.</summary>
    public int FirstAsSecond { get; init; }

    /// <summary>Pictures of the second.</summary>
    public int OfSecond { get; init; }

    /// <summary>How many of them were taken for the first.</summary>
    public int SecondAsFirst { get; init; }

    /// <summary>The nearest pairs, nearest first.</summary>
    /// <param name="classifier">[C, E].</param>
    /// <param name="outcomes">What it said of labelled pictures.</param>
    /// <param name="most">How many pairs.</param>
    public static IReadOnlyList<NearClasses> Of(Embeddings classifier, Outcomes outcomes, int most = 10)
    {
        ArgumentNullException.ThrowIfNull(classifier);
        ArgumentNullException.ThrowIfNull(outcomes);
        ArgumentOutOfRangeException.ThrowIfLessThan(most, 1);
        var sizes = outcomes.Rows.CountBy(row => row.Class).ToDictionary();
        var taken = outcomes.Rows.CountBy(row => (row.Class, row.Predicted)).ToDictionary();
        return [.. Nearest(classifier, most).Select(pair => pair with
        {
            OfFirst = sizes.GetValueOrDefault(pair.First),
            FirstAsSecond = taken.GetValueOrDefault((pair.First, pair.Second)),
            OfSecond = sizes.GetValueOrDefault(pair.Second),
            SecondAsFirst = taken.GetValueOrDefault((pair.Second, pair.First)),
        })];
    }

    // A queue of the nearest so far, the farthest of them in front; of equal ones the first stay.
    private static IEnumerable<NearClasses> Nearest(Embeddings classifier, int most)
    {
        var queue = new PriorityQueue<NearClasses, (double, int, int)>();
        var cosines = new float[Tile * classifier.Count];
        for (var start = 0; start < classifier.Count; start += Tile)
        {
            var count = Math.Min(Tile, classifier.Count - start);
            DotProducts.Block(classifier, start, count, classifier, 0, classifier.Count, cosines);
            for (var first = start; first < start + count; first++)
            {
                for (var second = first + 1; second < classifier.Count; second++)
                {
                    var cosine = cosines[((first - start) * classifier.Count) + second];
                    queue.Enqueue(new NearClasses(first, second, cosine), (cosine, -first, -second));
                    if (queue.Count > most)
                    {
                        queue.Dequeue();
                    }
                }
            }
        }

        return queue.UnorderedItems.OrderByDescending(item => item.Priority).Select(item => item.Element);
    }
}
