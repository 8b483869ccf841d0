using ClipSharp.Data.Batches;
using ClipSharp.Data.Index;
using ClipSharp.Images;

namespace ClipSharp.Data.Pictures;

/// <summary>Some pictures of an index, in its order.</summary>
/// <param name="Pixels">uint8 [B, 3, H, W]; B ≥ 1, the last batch may be smaller.</param>
/// <param name="SampleIds">[B]: row i is the picture of sample i; broken pictures are absent.</param>
public sealed record EvaluationBatch(PixelBatch Pixels, int[] SampleIds);

/// <summary>Reads the pictures of an index once, in order, without chance: for evaluation and embedding. Decodes on several
/// threads, a few batches ahead.</summary>
/// <param name="index">The samples.</param>
/// <param name="preprocessor">From decoded picture to pixels.</param>
/// <param name="batchSize">B.</param>
/// <param name="workers">Threads; 0 = one a core.</param>
/// <param name="pictures">What is too large, and what to do where a disk fails; null = the defaults.</param>
public sealed class EvaluationReader(SampleIndex index, ImagePreprocessor preprocessor, int batchSize, int workers = 0,
    PictureOptions? pictures = null)
{
    private const int BatchesAhead = 3;

    private readonly PictureStore _pictures = new(index, pictures ?? PictureOptions.Default, keptBytes: 0, isRented: true);

    /// <summary>Pictures that were left out so far.</summary>
    public SkipReport Skips => _pictures.Skips;

    /// <summary>All batches. Every sample of the index is in one of them or counted in <see cref="Skips"/>.</summary>
    /// <exception cref="ClipException">The disk fails (InputOutput), and the options do not say to go on.</exception>
    public IEnumerable<EvaluationBatch> Read(CancellationToken cancel = default)
    {
        var count = workers > 0 ? workers : Environment.ProcessorCount;
        var readers = Enumerable.Range(0, count).Select(_ => new PictureReader(index)).ToArray();
        var batches = (index.Count + batchSize - 1L) / batchSize;
        try
        {
            using var threads = new OrderedWorkers<Filling>(0, batches, count, BatchesAhead, Open, Fill);
            while (threads.Take(cancel) is { } filled)
            {
                if (filled.Compact() is { SampleIds.Length: > 0 } batch)
                {
                    yield return batch;
                }
            }
        }
        finally
        {
            foreach (var reader in readers)
            {
                reader.Dispose();
            }
        }

        (Filling Batch, int Slots) Open(long number)
        {
            var first = (int)(number * batchSize); // a sample's number
            var slots = Math.Min(batchSize, index.Count - first);
            return (new Filling(first, new PixelBatch(slots, preprocessor.Size)), slots);
        }

        void Fill(Filling batch, int slot, int worker)
        {
            if (_pictures.Get(batch.First + slot, readers[worker]) is { } image)
            {
                preprocessor.Apply(image, batch.Pixels.Picture(slot));
                image.Return();
                batch.IsWhole[slot] = true;
            }
        }
    }

    private sealed class Filling(int first, PixelBatch pixels)
    {
        public int First => first;

        public PixelBatch Pixels => pixels;

        public bool[] IsWhole { get; } = new bool[pixels.Count];

        public EvaluationBatch Compact()
        {
            int[] whole = [.. Enumerable.Range(0, pixels.Count).Where(slot => IsWhole[slot])];
            return new EvaluationBatch(whole.Length == pixels.Count ? pixels : pixels.Pictures(whole),
                [.. whole.Select(slot => first + slot)]);
        }
    }
}
