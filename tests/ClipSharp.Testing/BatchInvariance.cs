using ClipSharp.Images;
using ClipSharp.Models;
using ClipSharp.Text;

namespace ClipSharp.Testing;

/// <summary>How far vectors depend on the rows beside them: each alone against batches of 7 and of 64.</summary>
/// <param name="Difference">The largest between two numbers of a vector.</param>
/// <param name="Cosine">The lowest between two vectors of one input.</param>
/// <param name="SameName">The share of pictures whose likeliest name is the same.</param>
/// <param name="NearTies">The share of pictures whose two likeliest names lie within 1/128 of cosine, two steps of bfloat16
/// at 1: those that its rounding may exchange.</param>
/// <param name="Gap">The least between the cosines of a picture's two likeliest names.</param>
public sealed record BatchInvariance(float Difference, double Cosine, double SameName, double NearTies, double Gap)
{
    private const int Pictures = 200;
    private const int Kinds = 8;
    private const int OfAKind = 8;
    private const int Texts = 40;
    private const double NearTie = 1.0 / 128;

    /// <summary>Measures an engine on drawn pictures of few colours and drawn texts of every length. Names are measured on other
    /// pictures, of eight kinds, those of one kind nearly alike: the first of each kind is what names them. So names lie apart,
    /// unless the weights make all pictures one.</summary>
    public static BatchInvariance Of(IClipEncoder encoder, ModelConfig config)
    {
        var (pictures, kinds) = (Draw(config.Vision, Pictures, Pictures), Draw(config.Vision, Kinds, Kinds * OfAKind));
        var vectors = Of(encoder, pictures, Draw(config.Text), batchSize => First(pictures, batchSize));
        return Of(encoder, kinds, [], batchSize => First(kinds, batchSize)) with
        {
            Difference = vectors.Difference,
            Cosine = vectors.Cosine,
        };

        float[][] First(PixelBatch[] named, int batchSize) => Encode(named[..Kinds], batchSize, encoder.EncodeImages);
    }

    /// <summary>Measures an engine.</summary>
    /// <param name="encoder">The engine.</param>
    /// <param name="pictures">Single pictures.</param>
    /// <param name="texts">Single texts.</param>
    /// <param name="names">The vectors of what names pictures, computed by a size of batch.</param>
    public static BatchInvariance Of(IClipEncoder encoder, PixelBatch[] pictures, TokenBatch[] texts, Func<int, float[][]> names)
    {
        var (images, words, named) = (Encode(pictures, 1, encoder.EncodeImages), Encode(texts, 1, encoder.EncodeTexts), names(1));
        double[] gaps = [.. images.Select(picture => GapOf(picture, named))];
        var found = new BatchInvariance(0, 1, 1, gaps.Average(gap => gap <= NearTie ? 1.0 : 0), gaps.Min());
        foreach (var batchSize in (int[])[7, 64])
        {
            var others = Encode(pictures, batchSize, encoder.EncodeImages);
            var pairs = images.Zip(others).Concat(words.Zip(Encode(texts, batchSize, encoder.EncodeTexts))).ToArray();
            var otherNames = names(batchSize);
            found = found with
            {
                Difference = Math.Max(found.Difference,
                    pairs.Max(pair => pair.First.Zip(pair.Second, (a, b) => Math.Abs(a - b)).Max())),
                Cosine = Math.Min(found.Cosine, pairs.Min(pair => Dot(pair.First, pair.Second)
                    / Math.Sqrt(Dot(pair.First, pair.First) * Dot(pair.Second, pair.Second)))),
                SameName = Math.Min(found.SameName, images.Zip(others)
                    .Average(pair => Likeliest(pair.First, named) == Likeliest(pair.Second, otherNames) ? 1.0 : 0)),
            };
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

    private static PixelBatch[] Draw(VisionConfig vision, int kinds, int count) => [.. Enumerable.Range(0, count).Select(number =>
    {
        var kind = new RandomStream(1, RandomPurpose.Synthesis, number % kinds);
        var change = new RandomStream(3, RandomPurpose.Synthesis, number);
        var (size, blocks) = (vision.ImageSize.Height, 2 + kind.NextInt32(7));
        byte[] colours = [.. Enumerable.Range(0, 3 * blocks * blocks)
            .Select(_ => (byte)(kinds < count ? kind.NextInt32(248) + change.NextInt32(8) : kind.NextInt32(256)))];
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

    private static double GapOf(float[] picture, float[][] names)
    {
        double[] best = [.. names.Select(name => Dot(picture, name)).OrderDescending().Take(2)];
        return best[0] - best[1];
    }

    private static int Likeliest(float[] picture, float[][] names) =>
        Enumerable.Range(0, names.Length).MaxBy(i => Dot(picture, names[i]));

    private static double Dot(float[] a, float[] b) => a.Zip(b, (x, y) => (double)x * y).Sum();
}
