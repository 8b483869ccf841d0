using ClipSharp.Data.Batches;
using ClipSharp.Data.Pictures;

namespace ClipSharp.Data.Index;

/// <summary>What decoding every picture of an index once has shown.</summary>
/// <param name="Sizes">Width and height of each sample's picture; 0 × 0 where it is broken.</param>
/// <param name="Skips">The broken ones.</param>
public sealed record PictureSurvey(IReadOnlyList<(int Width, int Height)> Sizes, SkipReport Skips)
{
    private const int ChunkSize = 64;

    /// <summary>Pictures with greys of 16 bits above 255, of which the references make white.</summary>
    public int DeepGreys { get; private init; }

    /// <summary>Samples whose picture decodes.</summary>
    public long Usable => Sizes.Count - Skips.Total;

    internal static PictureSurvey Run(SampleIndex index, int workers, PictureOptions options, CancellationToken cancel)
    {
        var pictures = new PictureStore(index, options, keptBytes: 0);
        var deepGreys = 0;
        var sizes = new (int Width, int Height)[index.Count];
        var readers = Enumerable.Range(0, workers).Select(_ => new PictureReader(index)).ToArray();
        try
        {
            var chunks = (index.Count + ChunkSize - 1L) / ChunkSize;
            using var threads = new OrderedWorkers<object>(0, chunks, workers, depth: 4,
                chunk => (chunk, (int)Math.Min(ChunkSize, index.Count - (chunk * ChunkSize))),
                (chunk, slot, worker) =>
                {
                    var sample = (int)((long)chunk * ChunkSize) + slot;
                    if (pictures.Get(sample, readers[worker]) is { } image)
                    {
                        sizes[sample] = (image.Width, image.Height);
                        if (image.HasDeepGreys)
                        {
                            Interlocked.Increment(ref deepGreys);
                        }
                    }
                });
            while (threads.Take(cancel) is not null)
            {
            }
        }
        finally
        {
            foreach (var reader in readers)
            {
                reader.Dispose();
            }
        }

        return new PictureSurvey(sizes, pictures.Skips) { DeepGreys = deepGreys };
    }
}
