using ClipSharp.Data.Batches;
using ClipSharp.Data.Pictures;
using ClipSharp.Data.Sets;
using ClipSharp.Images;

namespace ClipSharp.Training.Doctor;

/// <summary>What pictures are like, from some of them, evenly spread.</summary>
/// <param name="Looked">How many were decoded.</param>
/// <param name="Broken">How many of them could not be, by reason.</param>
/// <param name="NearDuplicates">The share of the others that looks like another of them, 0 to 1.</param>
internal sealed record PictureCheck(int Looked, IReadOnlyDictionary<string, long> Broken, double NearDuplicates)
{
    private const int Most = 4000;
    private const int Near = 6; // bits of 256 in which copies may differ: other sizes and qualities of one picture do in 0 to 5

    /// <summary>The share that could not be decoded.</summary>
    public double BrokenShare => (double)Broken.Values.Sum() / Looked;

    /// <summary>Decodes at most 4,000 pictures and compares them by difference hashes.</summary>
    public static PictureCheck Run(ITrainingSet set, int workers, PictureOptions reading, CancellationToken cancel)
    {
        var count = (int)Math.Min(Most, set.Count);
        var pictures = new PictureStore(set, reading, keptBytes: 0);
        var hashes = new ulong[count][];
        var readers = Enumerable.Range(0, workers).Select(_ => set.OpenReader()).ToArray();
        try
        {
            using var threads = new OrderedWorkers<object>(0, count, workers, depth: 4 * workers, i => (i, 1), (i, _, worker) =>
            {
                var sample = (long)((Int128)(long)i * set.Count / count);
                hashes[(long)i] = pictures.Get(sample, readers[worker]) is { } image ? Hash(image) : [];
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

        var whole = hashes.Where(hash => hash.Length > 0).ToArray();
        return new PictureCheck(count, pictures.Skips.Counts.ToDictionary(c => c.Key.ToString(), c => c.Value),
            whole.Length == 0 ? 0 : (double)CountNear(whole) / whole.Length);
    }

    /// <summary>Whether each of 16 × 16 fields is brighter than its right neighbour: 256 bits that survive another size or
    /// quality.</summary>
    internal static ulong[] Hash(RgbImage image)
    {
        const int Side = 16;
        var small = Resampler.Resize(image.View, Side + 1, Side, ResampleFilter.Bilinear);
        var hash = new ulong[Side * Side / 64];
        for (var i = 0; i < Side * Side; i++)
        {
            var at = 3 * ((i / Side * (Side + 1)) + (i % Side));
            if (Brightness(at) > Brightness(at + 3))
            {
                hash[i / 64] |= 1UL << (i % 64);
            }
        }

        return hash;

        int Brightness(int at) => (299 * small[at]) + (587 * small[at + 1]) + (114 * small[at + 2]);
    }

    // Those that have another near them. Hashes that differ in fewer bits than there are bands agree in one band.
    internal static int CountNear(ulong[][] hashes)
    {
        const int Bands = 8;
        var near = new bool[hashes.Length];
        for (var band = 0; band < Bands; band++)
        {
            foreach (var group in Enumerable.Range(0, hashes.Length)
                .GroupBy(i => (uint)(hashes[i][band / 2] >> (32 * (band % 2)))))
            {
                var members = group.Take(500).ToArray(); // plain backgrounds share bands by the thousand
                for (var a = 0; a < members.Length; a++)
                {
                    for (var b = a + 1; b < members.Length; b++)
                    {
                        if (Distance(hashes[members[a]], hashes[members[b]]) <= Near)
                        {
                            (near[members[a]], near[members[b]]) = (true, true);
                        }
                    }
                }
            }
        }

        return near.Count(isNear => isNear);
    }

    private static int Distance(ulong[] a, ulong[] b)
    {
        var bits = 0;
        for (var i = 0; i < a.Length; i++)
        {
            bits += System.Numerics.BitOperations.PopCount(a[i] ^ b[i]);
        }

        return bits;
    }
}
