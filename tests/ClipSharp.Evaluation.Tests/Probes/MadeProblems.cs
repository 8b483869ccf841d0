using ClipSharp.Evaluation.Probes;

namespace ClipSharp.Evaluation.Tests.Probes;

/// <summary>Sets whose classes overlap, drawn.</summary>
internal static class MadeProblems
{
    public static ProbeSet Classes(int rows, int width, int classes, int seed = 0) =>
        new(Features(rows, width, classes, seed), new ClassTargets(Labels(rows, classes), classes));

    public static Embeddings Features(int rows, int width, int classes, int seed = 0)
    {
        var random = new RandomStream(seed, RandomPurpose.Synthesis);
        var centres = new float[classes * width];
        var values = new float[rows * width];
        for (var i = 0; i < centres.Length; i++)
        {
            centres[i] = (float)random.NextNormal() / 2;
        }

        for (var i = 0; i < values.Length; i++)
        {
            values[i] = 2 + centres[(i / width % classes * width) + (i % width)] + (float)random.NextNormal();
        }

        return new Embeddings(values, width);
    }

    public static int[] Labels(int rows, int classes) => [.. Enumerable.Range(0, rows).Select(row => row % classes)];
}
