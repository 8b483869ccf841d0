using ClipSharp.Data.Batches;
using ClipSharp.Data.Index;
using ClipSharp.Images;

namespace ClipSharp.Data.Pictures;

/// <summary>Decodes every picture of an index once, on several threads, for whoever looks at them.</summary>
internal static class PicturePass
{
    private const int ChunkSize = 64;
    private const int ChunksAhead = 4;

    /// <summary>Goes through the pictures.</summary>
    /// <param name="index">The samples.</param>
    /// <param name="workers">Threads; 0 = one a core.</param>
    /// <param name="options">What is too large, and what to do where a disk fails.</param>
    /// <param name="see">Gets a sample's number and its picture, on any of the threads; what is broken it does not get.</param>
    /// <param name="progress">Told how many samples are done.</param>
    /// <param name="cancel">Stops it.</param>
    /// <returns>The broken ones.</returns>
    /// <exception cref="ClipException">The disk fails (InputOutput), and the options do not say to go on.</exception>
    public static SkipReport Run(SampleIndex index, int workers, PictureOptions options, Action<int, RgbImage> see,
        IProgress<long>? progress, CancellationToken cancel)
    {
        var pictures = new PictureStore(index, options, keptBytes: 0);
        var count = workers > 0 ? workers : Environment.ProcessorCount;
        var readers = Enumerable.Range(0, count).Select(_ => new PictureReader(index)).ToArray();
        try
        {
            using var threads = new OrderedWorkers<object>(0, (index.Count + ChunkSize - 1L) / ChunkSize, count, ChunksAhead,
                chunk => (chunk, (int)Math.Min(ChunkSize, index.Count - (chunk * ChunkSize))),
                (chunk, slot, worker) =>
                {
                    var sample = (int)((long)chunk * ChunkSize) + slot;
                    if (pictures.Get(sample, readers[worker]) is { } image)
                    {
                        see(sample, image);
                    }
                });
            while (threads.Take(cancel) is { } chunk)
            {
                progress?.Report(Math.Min(index.Count, ((long)chunk + 1) * ChunkSize));
            }
        }
        finally
        {
            foreach (var reader in readers)
            {
                reader.Dispose();
            }
        }

        return pictures.Skips;
    }
}
