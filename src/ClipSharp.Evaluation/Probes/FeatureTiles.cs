using System.Collections.Concurrent;
using System.Numerics;
using System.Numerics.Tensors;
using ClipSharp.Host;

namespace ClipSharp.Evaluation.Probes;

/// <summary>The rows of a set, a tile at a time that fits into a processor's second cache: centred, since an intercept that is not
/// penalised takes up any shift; widened to the numbers that are multiplied; with a 1 behind each for that intercept. Tiles are
/// made anew in each pass, which costs a twentieth of it and no memory.</summary>
internal sealed class FeatureTiles<T>
    where T : struct, IBinaryFloatingPointIeee754<T>
{
    private const int MostChunks = 32;
    private const int ChunkRows = 256; // at least
    private const long ChunkBytes = 32 << 20; // of all chunks' sums: more only where the features are four times as large

    private readonly ProbeSet _set;
    private readonly T[] _mean;
    private readonly ParallelOptions _parallel;
    private readonly ConcurrentBag<T[]> _tiles = [];

    /// <param name="set">N rows of D.</param>
    /// <param name="threads">At most; the sums are the same for any number.</param>
    /// <param name="cancel">Stops between two chunks.</param>
    public FeatureTiles(ProbeSet set, int? threads, CancellationToken cancel)
    {
        _set = set;
        _parallel = new ParallelOptions { MaxDegreeOfParallelism = threads ?? Processors.Threads, CancellationToken = cancel };
        Padded = MatrixProduct.Padded<T>(Width);
        var (sum, row) = (new double[set.Dimension], new double[set.Dimension]);
        for (var i = 0; i < set.Count; i++)
        {
            TensorPrimitives.ConvertTruncating(set.Row(i), row.AsSpan());
            TensorPrimitives.Add(sum, row, sum);
        }

        _mean = [.. sum.Select(value => T.CreateTruncating(value / set.Count))];
        Mean = [.. _mean.Select(double.CreateTruncating)];
    }

    /// <summary>N.</summary>
    public int Count => _set.Count;

    /// <summary>D + 1.</summary>
    public int Width => _set.Dimension + 1;

    /// <summary>Numbers from one row of a tile to the next.</summary>
    public int Padded { get; }

    /// <summary>What is taken off each row, [D]; a number of <typeparamref name="T"/>.</summary>
    public double[] Mean { get; }

    /// <summary>Rows of a tile: 400 KiB of 512 numbers.</summary>
    public static int TileRows => typeof(T) == typeof(float) ? 192 : 96;

    /// <summary>Room for the sums of <see cref="Add"/>, one for each chunk of rows.</summary>
    public double[][] Sums(int outputs)
    {
        var bytes = (long)outputs * Padded * sizeof(double);
        var room = Math.Max(ChunkBytes, (long)Count * _set.Dimension) / bytes;
        var chunks = (int)Math.Clamp(room, 1, Math.Clamp(Count / ChunkRows, 1, MostChunks));
        return [.. Enumerable.Range(0, chunks).Select(_ => new double[(outputs * Padded) + 1])];
    }

    /// <summary>Visits all tiles, in parallel by chunks of rows, and adds up the chunks' sums in their order.</summary>
    /// <param name="sums">From <see cref="Sums"/>; the last number of each is the visitor's own.</param>
    /// <param name="visit">Gets the first row's number, how many they are, the tile, and the sums to add to.</param>
    /// <returns>The first of <paramref name="sums"/>, in which all are added up.</returns>
    public double[] Visit(double[][] sums, Action<int, int, T[], double[]> visit)
    {
        Parallel.For(0, sums.Length, _parallel, chunk =>
        {
            Array.Clear(sums[chunk]);
            var tile = _tiles.TryTake(out var free) ? free : new T[TileRows * Padded];
            var end = (int)((chunk + 1L) * Count / sums.Length);
            for (var first = (int)((long)chunk * Count / sums.Length); first < end; first += TileRows)
            {
                var rows = Math.Min(TileRows, end - first);
                Fill(first, rows, tile);
                visit(first, rows, tile, sums[chunk]);
            }

            _tiles.Add(tile);
        });
        foreach (var chunk in sums.AsSpan(1))
        {
            TensorPrimitives.Add(sums[0], chunk, sums[0]);
        }

        return sums[0];
    }

    /// <summary>Adds leftᵀ · tile, [L, <see cref="Padded"/>], to sums.</summary>
    /// <param name="left">[rows, leftPadded].</param>
    /// <param name="leftPadded">Numbers from one row of it to the next.</param>
    /// <param name="outputs">L.</param>
    /// <param name="tile">[rows, <see cref="Padded"/>].</param>
    /// <param name="rows">How many.</param>
    /// <param name="sums">Added to.</param>
    public void Add(ReadOnlySpan<T> left, int leftPadded, int outputs, ReadOnlySpan<T> tile, int rows, Span<double> sums)
    {
        var panel = MatrixProduct.Padded<T>(1);
        var product = new T[outputs * panel];
        Span<double> wide = stackalloc double[panel];
        for (var column = 0; column < Padded; column += panel)
        {
            MatrixProduct.Multiply(left, 1, leftPadded, tile[column..], Padded, product, panel, outputs, panel, rows);
            for (var output = 0; output < outputs; output++)
            {
                var sum = sums.Slice((output * Padded) + column, panel);
                TensorPrimitives.ConvertTruncating<T, double>(product.AsSpan(output * panel, panel), wide);
                TensorPrimitives.Add(sum, wide, sum);
            }
        }
    }

    private void Fill(int first, int rows, T[] tile)
    {
        for (var i = 0; i < rows; i++)
        {
            var row = tile.AsSpan(i * Padded, _set.Dimension);
            TensorPrimitives.ConvertTruncating(_set.Row(first + i), row);
            TensorPrimitives.Subtract(row, _mean, row);
            tile[(i * Padded) + _set.Dimension] = T.One;
        }
    }
}
