using System.Runtime.Intrinsics;
using ClipSharp.Host;
using ClipSharp.Retrieval;
using ClipSharp.Simd;

namespace ClipSharp.Search.Vectors;

/// <summary>Exact search over vectors on disk: every query is compared with every row, all processors share the rows. What is
/// found is ranked by sums in one fixed order (see <see cref="Retrieval"/>), so that equal rows tie and machines agree.</summary>
public static unsafe class ExactSearch
{
    private const int BlockRows = 4096; // a turn of a thread: 4 MiB of 512 numbers
    private const int QueriesAPass = 128; // with 512 numbers they fit into the second cache
    private const int TileRows = 6 * FourRows.Count; // made float32 at once

    /// <summary>The rows of highest product for each query, best first; of equal ones the one of lower number first.</summary>
    /// <param name="queries">[Q, E], of any length.</param>
    /// <param name="segments">Vectors [N, E] each, whose rows are numbered one segment after the other.</param>
    /// <param name="among">For each segment the rows that may be found, or null for all; null = all of all.</param>
    /// <param name="count">How many a query, 1 or more; fewer where there are no more.</param>
    /// <param name="least">Rows that score less are not found.</param>
    /// <param name="cancel">Stops between two blocks.</param>
    /// <exception cref="ArgumentException">Queries and segments are not of one width.</exception>
    public static IReadOnlyList<IReadOnlyList<VectorHit>> Find(Embeddings queries, IReadOnlyList<MappedVectors> segments,
        IReadOnlyList<RowSet?>? among, int count, float least = float.NegativeInfinity, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(queries);
        ArgumentNullException.ThrowIfNull(segments);
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        if (segments.FirstOrDefault(segment => segment.Dimension != queries.Dimension) is { } other)
        {
            throw new ArgumentException($"Queries of {queries.Dimension} numbers, vectors of {other.Dimension}.",
                nameof(segments));
        }

        FiniteVectors.Require(queries, query => FormattableString.Invariant($"query {query}"));
        var found = new List<IReadOnlyList<VectorHit>>();
        for (var first = 0; first < queries.Count; first += QueriesAPass)
        {
            var pass = queries.Slice(first, Math.Min(QueriesAPass, queries.Count - first));
            found.AddRange(Pass(pass, segments, among, count, least, cancel));
        }

        return found;
    }

    private static IEnumerable<IReadOnlyList<VectorHit>> Pass(Embeddings queries, IReadOnlyList<MappedVectors> segments,
        IReadOnlyList<RowSet?>? among, int count, float least, CancellationToken cancel)
    {
        var bounds = Enumerable.Range(0, queries.Count).Select(query => Bound(queries.Row(query))).ToArray();
        BestRows[] Room() => [.. bounds.Select(bound => new BestRows(count, least, bound))];
        var best = Room();
        var turned = queries.Count == 1 ? [] : TileProducts.Turned(queries, TileProducts.GroupSize);
        long firstRow = 0;
        for (var number = 0; number < segments.Count; number++)
        {
            var (segment, rows, start) = (segments[number], among?[number], firstRow);
            var blocks = (segment.Count + BlockRows - 1) / BlockRows;
            var options = new ParallelOptions { MaxDegreeOfParallelism = Processors.Threads, CancellationToken = cancel };
            Parallel.For(0, blocks, options, () => new Workspace(queries, turned, Room()), (block, _, work) =>
            {
                var from = block * BlockRows;
                var size = Math.Min(BlockRows, segment.Count - from);
                if (rows?.IsEmpty(from, size) != true)
                {
                    Scan(segment, from, size, rows, start + from, work);
                }

                return work;
            }, work => Merge(work.Best, best));
            firstRow += segment.Count;
        }

        for (var query = 0; query < queries.Count; query++)
        {
            yield return Ranked(queries.Row(query), best[query].Kept, segments, count, least);
        }
    }

    private static void Scan(MappedVectors segment, int from, int size, RowSet? among, long firstRow, Workspace work)
    {
        using var rows = segment.Rows();
        var first = rows.First + ((long)from * segment.Dimension);
        if (work.QueryCount == 1)
        {
            var products = work.Products.AsSpan(0, size);
            HalfProducts.OneQuery(work.Scaled, first, size, products);
            Take(products, from, firstRow, among, work.Best[0]);
            return;
        }

        fixed (float* queries = work.Turned, tile = work.Tile, products = work.Products)
        {
            for (var at = 0; at < size; at += TileRows)
            {
                var (together, width) = (Math.Min(TileRows, size - at), segment.Dimension);
                HalfProducts.Widen(first + ((long)at * width), together * width, tile);
                for (var query = 0; query < work.QueryCount; query += TileProducts.GroupSize)
                {
                    TileProducts.Multiply(queries + ((long)query * width), tile, together, width, products);
                    for (var row = 0; row < together; row++)
                    {
                        if (among?[from + at + row] != false)
                        {
                            Take(products + (row * TileProducts.GroupSize), query, firstRow + at + row, work.Thresholds,
                                work.Best);
                        }
                    }
                }
            }
        }
    }

    // Many rows of one query.
    private static void Take(ReadOnlySpan<float> products, int from, long firstRow, RowSet? among, BestRows best)
    {
        if (among is null)
        {
            best.Add(products, firstRow);
            return;
        }

        for (var i = 0; i < products.Length; i++)
        {
            if (among[from + i])
            {
                best.Add(new VectorHit(firstRow + i, products[i]));
            }
        }
    }

    // One row for a group of queries. Most rows are none of the best of any.
    private static void Take(float* products, int firstQuery, long row, Span<float> thresholds, BestRows[] best)
    {
        for (var lane = 0; lane < TileProducts.GroupSize; lane += Vector256<float>.Count)
        {
            var least = thresholds.Slice(firstQuery + lane, Vector256<float>.Count);
            if (!Vector256.GreaterThanOrEqualAny(Vector256.Load(products + lane), Vector256.Create(least)))
            {
                continue;
            }

            for (var i = 0; i < least.Length; i++)
            {
                if (products[lane + i] >= least[i])
                {
                    var rows = best[firstQuery + lane + i];
                    rows.Add(new VectorHit(row, products[lane + i]));
                    least[i] = rows.Threshold;
                }
            }
        }
    }

    private static void Merge(BestRows[] part, BestRows[] whole)
    {
        lock (whole)
        {
            for (var query = 0; query < whole.Length; query++)
            {
                foreach (var hit in part[query].Kept)
                {
                    whole[query].Add(hit);
                }
            }
        }
    }

    /// <summary>The best of some rows, by the sum in fixed order; of equal ones the one of lower number first.</summary>
    internal static IReadOnlyList<VectorHit> Ranked(ReadOnlySpan<float> query, IEnumerable<VectorHit> kept,
        IReadOnlyList<MappedVectors> segments, int count, float least)
    {
        var hits = new List<VectorHit>();
        var numbers = new float[query.Length];
        foreach (var hit in kept)
        {
            var row = hit.Row;
            var number = 0;
            while (row >= segments[number].Count)
            {
                row -= segments[number++].Count;
            }

            segments[number].CopyRow((int)row, numbers);
            var score = DotProducts.Single(query, numbers);
            if (score >= least)
            {
                hits.Add(hit with { Score = score });
            }
        }

        return [.. hits.OrderByDescending(hit => hit.Score).ThenBy(hit => hit.Row).Take(count)];
    }

    // Rows are of unit length within the rounding of their halves.
    private static float Bound(ReadOnlySpan<float> query)
    {
        var square = 0f;
        foreach (var number in query)
        {
            square += number * number;
        }

        return 2 * HalfProducts.Bound(query.Length, 1.01f * float.Sqrt(square)); // of this sum and of the one that ranks
    }

    /// <summary>What a thread computes with: one query, or groups of them, and its own memory.</summary>
    private sealed class Workspace
    {
        /// <param name="queries">[Q, E].</param>
        /// <param name="turned">The same in groups; of one query nothing.</param>
        /// <param name="best">Of each query.</param>
        public Workspace(Embeddings queries, float[] turned, BestRows[] best)
        {
            (QueryCount, Turned, Best) = (queries.Count, turned, best);
            var groups = turned.Length / queries.Dimension;
            Thresholds = new float[groups];
            Thresholds.AsSpan().Fill(float.PositiveInfinity); // what fills up a group wants nothing
            Scaled = queries.Row(0).ToArray();
            for (var i = 0; i < Scaled.Length; i++)
            {
                Scaled[i] *= HalfProducts.Scale;
            }

            if (groups == 0)
            {
                Products = new float[BlockRows];
                return;
            }

            for (var query = 0; query < QueryCount; query++)
            {
                Thresholds[query] = best[query].Threshold;
            }

            Tile = new float[TileRows * queries.Dimension];
            Products = new float[TileRows * TileProducts.GroupSize];
        }

        public int QueryCount { get; }

        public BestRows[] Best { get; }

        public float[] Scaled { get; }

        public float[] Turned { get; }

        public float[] Thresholds { get; }

        public float[] Tile { get; } = [];

        public float[] Products { get; }
    }
}
