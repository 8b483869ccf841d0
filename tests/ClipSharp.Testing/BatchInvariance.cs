using ClipSharp.Images;
using ClipSharp.Models;
using ClipSharp.Text;

namespace ClipSharp.Testing;

/// <summary>How far vectors depend on the rows beside them: each alone against batches of 7 and of 64.</summary>
/// <param name="Difference">The largest between two numbers of a vector.</param>
/// <param name="Cosine">The lowest between two vectors of one input.</param>
/// <param name="SameName">The share of pictures whose likeliest of the texts is the same, among those that have one: the two
/// likeliest lie farther apart than <see cref="NearTie"/>.</param>
public sealed record BatchInvariance(float Difference, double Cosine, double SameName)
{
    private const int Pictures = 200;
    private const int Texts = 40;

    // Two steps of bfloat16 at 1. Texts of a model that has learnt nothing lie so close.
    private const double NearTie = 1.0 / 128;

    /// <summary>Measures an engine on drawn pictures of few colours and drawn texts of every length.</summary>
    public static BatchInvariance Of(IClipEncoder encoder, ModelConfig config)
    {
        var (pixels, tokens) = (Draw(config.Vision), Draw(config.Text));
        var (images, texts) = (Encode(pixels, 1, encoder.EncodeImages), Encode(tokens, 1, encoder.EncodeTexts));
        var found = new BatchInvariance(0, 1, 1);
        foreach (var batchSize in (int[])[7, 64])
        {
            var (others, otherTexts) = (Encode(pixels, batchSize, encoder.EncodeImages),
                Encode(tokens, batchSize, encoder.EncodeTexts));
            var pairs = images.Zip(others).Concat(texts.Zip(otherTexts)).ToArray();
            found = new BatchInvariance(
                Math.Max(found.Difference, pairs.Max(pair => pair.First.Zip(pair.Second, (a, b) => Math.Abs(a - b)).Max())),
                Math.Min(found.Cosine, pairs.Min(pair => Dot(pair.First, pair.Second)
                    / Math.Sqrt(Dot(pair.First, pair.First) * Dot(pair.Second, pair.Second)))),
                Math.Min(found.SameName, images.Zip(others).Where(pair => HasName(pair.First, texts)).Select(pair =>
                    Likeliest(pair.First, texts) == Likeliest(pair.Second, otherTexts) ? 1.0 : 0).DefaultIfEmpty(1).Average()));
        }

        return found;
    }

    private static float[][] Encode<T>(IReadOnlyList<T> rows, int batchSize, Func<T, Embeddings> encode) where T : class =>
        [.. rows.Chunk(batchSize).SelectMany(batch =>
        {
            var vectors = encode(Joined(batch));
            return Enumerable.Range(0, vectors.Count).Select(row => vectors.Row(row).ToArray());
        })];

    private static T Joined<T>(T[] rows) where T : class => rows switch
    {
        PixelBatch[] pictures => (T)(object)new PixelBatch([.. pictures.SelectMany(p => p.Values)], pictures[0].Size),
        TokenBatch[] texts => (T)(object)new TokenBatch([.. texts.SelectMany(t => t.Ids)], texts[0].ContextLength,
            [.. texts.SelectMany(t => t.EndPositions)]),
        _ => throw new ArgumentException(rows.GetType().Name, nameof(rows)),
    };

    private static PixelBatch[] Draw(VisionConfig vision) => [.. Enumerable.Range(0, Pictures).Select(number =>
    {
        var random = new RandomStream(1, RandomPurpose.Synthesis, number);
        var (size, blocks) = (vision.ImageSize, 2 + random.NextInt32(7));
        byte[] colours = [.. Enumerable.Range(0, 3 * blocks * blocks).Select(_ => (byte)random.NextInt32(256))];
        byte[] pixels = [.. Enumerable.Range(0, 3 * size * size).Select(i =>
        {
            var (plane, y, x) = (i / (size * size), i / size % size * blocks / size, i % size * blocks / size);
            return colours[(plane * blocks * blocks) + (y * blocks) + x];
        })];
        return new PixelBatch(pixels, size);
    })];

    private static TokenBatch[] Draw(TextConfig text) => [.. Enumerable.Range(0, Texts).Select(number =>
    {
        var random = new RandomStream(2, RandomPurpose.Synthesis, number);
        var (ids, end) = (new int[text.ContextLength], 1 + (number % (text.ContextLength - 1)));
        for (var i = 0; i < end; i++)
        {
            ids[i] = random.NextInt32(text.VocabSize - 1);
        }

        ids[end] = text.VocabSize - 1;
        return new TokenBatch(ids, ids.Length, [end]);
    })];

    private static bool HasName(float[] picture, float[][] texts)
    {
        double[] best = [.. texts.Select(text => Dot(picture, text)).OrderDescending().Take(2)];
        return best[0] - best[1] > NearTie;
    }

    private static int Likeliest(float[] picture, float[][] texts) =>
        Enumerable.Range(0, texts.Length).MaxBy(i => Dot(picture, texts[i]));

    private static double Dot(float[] a, float[] b) => a.Zip(b, (x, y) => (double)x * y).Sum();
}
