using ClipSharp.Evaluation.Overlaps.Fingerprints;
using ClipSharp.Host;
using ClipSharp.Retrieval;

namespace ClipSharp.Evaluation.Overlaps;

/// <summary>For each picture of a test set the training pictures that are nearest by vectors and by hash: exact, every picture
/// against every other. Training pictures come in parts, of which nothing is kept but what is nearest so far.</summary>
public sealed class NearestTraining
{
    private const int TestBlock = 64;
    private const int TrainingBlock = 256; // with 64 test pictures they stay in the second cache

    private readonly Embeddings _vectors;
    private readonly PictureFingerprint[] _fingerprints;
    private readonly Best[] _byVectors;
    private readonly Best[] _byHash;

    /// <param name="vectors">[N, E], of unit length.</param>
    /// <param name="fingerprints">[N].</param>
    public NearestTraining(Embeddings vectors, IReadOnlyList<PictureFingerprint> fingerprints)
    {
        ArgumentNullException.ThrowIfNull(vectors);
        ArgumentNullException.ThrowIfNull(fingerprints);
        if (vectors.Count != fingerprints.Count)
        {
            throw new ArgumentException($"{fingerprints.Count} fingerprints are not those of {vectors.Count} pictures.",
                nameof(fingerprints));
        }

        (_vectors, _fingerprints) = (vectors, [.. fingerprints]);
        (_byVectors, _byHash) = (new Best[vectors.Count], new Best[vectors.Count]);
        Array.Fill(_byVectors, Best.None);
        Array.Fill(_byHash, Best.None);
    }

    /// <summary>Compares all test pictures with some more training pictures.</summary>
    /// <param name="vectors">[M, E], of unit length.</param>
    /// <param name="fingerprints">[M].</param>
    /// <param name="picture">From 0 to M − 1 to the picture; asked only for those that are nearest so far.</param>
    /// <param name="cancel">Stops between two blocks.</param>
    public void Add(Embeddings vectors, IReadOnlyList<PictureFingerprint> fingerprints, Func<int, OverlapPicture> picture,
        CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(vectors);
        ArgumentNullException.ThrowIfNull(fingerprints);
        ArgumentNullException.ThrowIfNull(picture);
        if (vectors.Count != fingerprints.Count)
        {
            throw new ArgumentException($"{fingerprints.Count} fingerprints are not those of {vectors.Count} pictures.",
                nameof(fingerprints));
        }

        PictureFingerprint[] others = [.. fingerprints];
        var blocks = (_vectors.Count + TestBlock - 1) / TestBlock;
        var options = new ParallelOptions { MaxDegreeOfParallelism = Processors.Threads, CancellationToken = cancel };
        Parallel.For(0, blocks, options, () => new float[TestBlock * TrainingBlock], (block, _, products) =>
        {
            var first = block * TestBlock;
            Compare(first, Math.Min(TestBlock, _vectors.Count - first), vectors, others, picture, products, cancel);
            return products;
        }, _ => { });
    }

    /// <summary>The nearest of all that was added.</summary>
    /// <param name="test">From 0 to N − 1 to the test picture.</param>
    /// <exception cref="InvalidOperationException">No training picture was added.</exception>
    public IReadOnlyList<TestPictureOverlap> Results(Func<int, OverlapPicture> test)
    {
        ArgumentNullException.ThrowIfNull(test);
        return [.. Enumerable.Range(0, _vectors.Count)
            .Select(row => new TestPictureOverlap(test(row), _byVectors[row].Pair(), _byHash[row].Pair()))];
    }

    private void Compare(int first, int count, Embeddings vectors, PictureFingerprint[] others, Func<int, OverlapPicture> picture,
        float[] products, CancellationToken cancel)
    {
        for (var from = 0; from < others.Length; from += TrainingBlock)
        {
            cancel.ThrowIfCancellationRequested();
            var size = Math.Min(TrainingBlock, others.Length - from);
            DotProducts.Block(_vectors, first, count, vectors, from, size, products);
            for (var row = 0; row < count; row++)
            {
                Keep(first + row, products.AsSpan(row * size, size), others.AsSpan(from, size), from, picture);
            }
        }
    }

    // Of equals the first stays: training pictures come in their order.
    private void Keep(int row, ReadOnlySpan<float> cosines, ReadOnlySpan<PictureFingerprint> others, int from,
        Func<int, OverlapPicture> picture)
    {
        ref var byVectors = ref _byVectors[row];
        ref var byHash = ref _byHash[row];
        var own = _fingerprints[row];
        var (nearest, likest) = (-1, -1);
        for (var i = 0; i < cosines.Length; i++)
        {
            var distance = own.Look.Distance(others[i].Look);
            if (cosines[i] > byVectors.Cosine)
            {
                (byVectors, nearest) = (new Best(null, cosines[i], distance, own.Pixels == others[i].Pixels), i);
            }

            if (distance <= byHash.Distance
                && new Best(null, cosines[i], distance, own.Pixels == others[i].Pixels) is var found && found.IsLiker(byHash))
            {
                (byHash, likest) = (found, i);
            }
        }

        byVectors = nearest < 0 ? byVectors : byVectors with { Picture = picture(from + nearest) };
        byHash = likest < 0 ? byHash : byHash with { Picture = picture(from + likest) };
    }

    private readonly record struct Best(OverlapPicture? Picture, float Cosine, int Distance, bool IsIdentical)
    {
        public static Best None { get; } = new(null, float.NegativeInfinity, int.MaxValue, false);

        public bool IsLiker(Best other) => Distance != other.Distance ? Distance < other.Distance
            : IsIdentical != other.IsIdentical ? IsIdentical
            : Cosine > other.Cosine;

        public OverlapPair Pair() => Picture is null
            ? throw new InvalidOperationException("No training picture was added.")
            : new OverlapPair(Picture, Cosine, Distance, IsIdentical);
    }
}
