using System.Collections.Concurrent;
using System.Numerics;
using System.Numerics.Tensors;
using ClipSharp.Evaluation.Probes.Solver;

namespace ClipSharp.Evaluation.Probes;

/// <summary>The rows of a set, a tile at a time that fits into a processor's second cache: centred, since an intercept that is
/// not penalised takes up any shift; widened to the numbers that are multiplied; with a 1 behind each for that intercept. Tiles
/// are made anew in each pass, which costs a twentieth of it and no memory.</summary>
internal sealed class FeatureTiles<T>
    where T : struct, IBinaryFloatingPointIeee754<T>
{
    private const int MostChunks = 32;
    private const int ChunkRows = 256; // at least
    private const long ChunkBytes = 8 << 20; // of all chunks' sums, or an eighth of the features where that is more

    private readonly ProbeSet _set;
    private readonly T[] _mean;
    private readonly ParallelOptions _parallel;
    private readonly double[][] _sums;
    private readonly ConcurrentBag<T[]> _tiles = [];

    /// <param name="set">N rows of D.</param>
    /// <param name="mean">What is taken off each row, [D].</param>
    /// <param name="outputs">Rows of the sums.</param>
    /// <param name="parallel">Threads at most, and what stops between two chunks; the sums are the same for any number.</param>
    public FeatureTiles(ProbeSet set, T[] mean, int outputs, ParallelOptions parallel)
    {
        (_set, _mean, _parallel) = (set, mean, parallel);
        Padded = MatrixProduct.Padded<T>(Width);
        var bytes = (long)outputs * Padded * sizeof(double);
        var room = Math.Max(ChunkBytes, (long)set.Count * set.Dimension / 2) / bytes;
        var chunks = (int)Math.Clamp(room, 1, Math.Clamp(set.Count / ChunkRows, 1, MostChunks));
        _sums = [.. Enumerable.Range(0, chunks).Select(_ => new double[(outputs * Padded) + 1])];
    }

    /// <summary>D + 1.</summary>
    public int Width => _set.Dimension + 1;

    /// <summary>Numbers from one row of a tile to the next.</summary>
    public int Padded { get; }

    /// <summary>Rows of a tile: 400 KiB of 512 numbers.</summary>
    public static int TileRows => typeof(T) == typeof(float) ? 192 : 96;

    /// <summary>The mean of a set's rows, [D], in the numbers that are multiplied.</summary>
    public static T[] MeanOf(ProbeSet set)
    {
        var (sum, row) = (new double[set.Dimension], new double[set.Dimension]);
        for (var i = 0; i < set.Count; i++)
        {
            TensorPrimitives.ConvertTruncating(set.Row(i), row.AsSpan());
            TensorPrimitives.Add(sum, row, sum);
        }

        return [.. sum.Select(value => T.CreateTruncating(value / set.Count))];
    }

    /// <summary>Visits all tiles, in parallel by chunks of rows, and adds up the chunks' sums in their order.</summary>
    /// <param name="visit">Gets the first row's number, how many they are, the tile, and the sums to add to.</param>
    /// <returns>[outputs, <see cref="Padded"/>] and a number of the visitor's own; until the next visit.</returns>
    public double[] Visit(Action<int, int, T[], double[]> visit)
    {
        Parallel.For(0, _sums.Length, _parallel, chunk =>
        {
            Array.Clear(_sums[chunk]);
            var tile = _tiles.TryTake(out var free) ? free : new T[TileRows * Padded];
            var end = (int)((chunk + 1L) * _set.Count / _sums.Length);
            for (var first = (int)((long)chunk * _set.Count / _sums.Length); first < end; first += TileRows)
            {
                var rows = Math.Min(TileRows, end - first);
                Fill(first, rows, tile);
                visit(first, rows, tile, _sums[chunk]);
            }

            _tiles.Add(tile);
        });
        foreach (var chunk in _sums.AsSpan(1))
        {
            TensorPrimitives.Add(_sums[0], chunk, _sums[0]);
        }

        return _sums[0];
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
