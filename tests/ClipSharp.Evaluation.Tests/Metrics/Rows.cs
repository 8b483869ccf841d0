using System.Runtime.InteropServices;
using ClipSharp.Evaluation.Metrics;
using ClipSharp.Evaluation.Statistics;
using ClipSharp.Evaluation.Tasks;
using ClipSharp.Retrieval;

namespace ClipSharp.Evaluation.Tests.Metrics;

/// <summary>Outcomes to measure, and metrics of them.</summary>
internal static class Rows
{
    /// <summary>Rows of naming whose logits are given, [N, C].</summary>
    public static Outcomes OfLogits(Embeddings logits, int[] labels)
    {
        var classes = logits.Dimension;
        var identity = new float[classes * classes];
        for (var c = 0; c < classes; c++)
        {
            identity[c * (classes + 1)] = 1;
        }

        return ZeroShotClassification.OfVectors(logits, labels, new Embeddings(identity, classes), new(1));
    }

    /// <summary>Pairs of a picture and a class, a picture a unit.</summary>
    public static Outcomes OfPairs(int pictures, int classes, Func<int, int, double> score, Func<int, int, bool> isPositive,
        Func<int, int, bool>? isIgnored = null)
    {
        var pairs = Enumerable.Range(0, pictures * classes).Select(i => (Picture: i / classes, Class: i % classes)).ToList();
        return new Outcomes([.. pairs.Select(pair => new Outcome($"{pair.Picture}")
        {
            Class = pair.Class,
            Score = score(pair.Picture, pair.Class),
            IsPositive = isPositive(pair.Picture, pair.Class),
            IsIgnored = isIgnored?.Invoke(pair.Picture, pair.Class) ?? false,
        })], [.. pairs.Select(pair => pair.Picture)])
        { ClassCount = classes };
    }

    /// <summary>Rows of naming that are right or wrong.</summary>
    public static Outcomes OfRight(params IEnumerable<bool> right) => new([.. right.Select((isRight, row) =>
        new Outcome($"{row}") { Class = 0, Predicted = isRight ? 0 : 1, Rank = new OwnRank(isRight ? 0 : 1, 1, 1) })])
    { ClassCount = 2 };

    /// <summary>Random rows of naming with ties, groups, confidences and scores that need not fit each other.</summary>
    public static Outcomes Random(int count, int classes, long seed)
    {
        var random = new RandomStream(seed, RandomPurpose.SampleOrder);
        var rows = new Outcome[count];
        for (var row = 0; row < count; row++)
        {
            var tied = 1 + random.NextInt32(3);
            rows[row] = new Outcome($"{row}")
            {
                Class = random.NextInt32(classes),
                Predicted = random.NextInt32(classes),
                IsPositive = random.NextBool(0.4),
                IsIgnored = random.NextBool(0.1),
                Rank = new OwnRank(random.NextInt32(4), tied, 1 + random.NextInt32(tied)),
                Score = random.NextInt32(12) / 12.0,
                Confidence = random.NextDouble(),
                SquaredError = 2 * random.NextDouble(),
                Group = random.NextInt32(5) - 1,
            };
        }

        return new Outcomes(rows) { ClassCount = classes, Groups = ["north", "east", "Other", "west"] };
    }

    public static double Value(this IMetric metric, Outcomes outcomes) => Intervals.MeasureAlone(metric, outcomes).Value;

    public static bool[] Flags(this MetricsFixture fixture, string name) =>
        [.. MemoryMarshal.Cast<byte, bool>(fixture.Bytes(name))];
}
