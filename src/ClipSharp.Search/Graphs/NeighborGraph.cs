using System.Buffers.Binary;
using System.IO.Hashing;
using System.IO.MemoryMappedFiles;
using System.Numerics.Tensors;
using ClipSharp.Files;
using ClipSharp.Host;
using ClipSharp.Search.Vectors;

namespace ClipSharp.Search.Graphs;

/// <summary>A graph over float16 unit vectors in which each is linked to near ones (HNSW, Malkov and Yashunin 2016), by USearch:
/// it proposes rows that are probably the nearest of a query, looking at few. Searches may run at once; adding may not run beside
/// anything else.</summary>
internal sealed unsafe class NeighborGraph : IDisposable
{
    /// <summary>Links of a vector; twice as many on the lowest level.</summary>
    public const int Connectivity = 16;

    /// <summary>Candidates that are looked at while a vector is added.</summary>
    public const int Expansion = 128;

    // Rows and bytes of a row, then the vectors, then the links (index_dense.hpp, save_to_stream).
    private const int HeadBytes = 2 * sizeof(uint);

    private readonly GraphHandle _graph;
    private readonly SemaphoreSlim _places = new(Threads);
    private readonly int _dimension;

    private NeighborGraph(GraphHandle graph, int dimension) => (_graph, _dimension) = (graph, dimension);

    /// <summary>Vectors in it.</summary>
    public long Count => _graph.Count;

    // USearch has a place for each thread and refuses more.
    private static int Threads => Processors.Threads;

    /// <summary>A graph without a vector.</summary>
    /// <param name="dimension">E.</param>
    /// <exception cref="ClipException">USearch has no build for this machine.</exception>
    public static NeighborGraph Create(int dimension) => new(GraphHandle.Create(dimension, Connectivity, Expansion), dimension);

    /// <summary>Opens what <see cref="Save"/> wrote.</summary>
    /// <param name="path">The file.</param>
    /// <param name="expected">What it is known to be: USearch itself would follow damaged links out of its memory.</param>
    /// <param name="dimension">E.</param>
    /// <param name="forAdding">Whether it is copied into memory, to add to it; else it is mapped.</param>
    /// <exception cref="ClipException">It is absent (NoInput) or damaged (Data).</exception>
    public static NeighborGraph Open(string path, GraphFile expected, int dimension, bool forAdding = false)
    {
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, 0);
            if (stream.Length != expected.Bytes || stream.Length < HeadBytes)
            {
                throw Damaged(path, $"{stream.Length} bytes", $"{expected.Bytes}");
            }

            using var file = MemoryMappedFile.CreateFromFile(stream, null, 0, MemoryMappedFileAccess.Read,
                HandleInheritability.None, leaveOpen: true);
            using var view = file.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
            var bytes = view.SafeMemoryMappedViewHandle;
            byte* first = null;
            bytes.AcquirePointer(ref first);
            try
            {
                if (LinksHash(first, stream.Length, dimension, path) is var hash && hash != expected.Hash)
                {
                    throw Damaged(path, "links " + hash, expected.Hash);
                }

                var graph = GraphHandle.Create(dimension, Connectivity, Expansion, forAdding ? null : bytes);
                if (forAdding)
                {
                    graph.Load(first, stream.Length);
                }
                else
                {
                    graph.AllowSearches(Threads);
                    graph.View(first, stream.Length);
                }

                return new NeighborGraph(graph, dimension);
            }
            finally
            {
                bytes.ReleasePointer();
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ClipException(ClipError.NoInput, "The graph cannot be read", path, e.Message, "a graph that index wrote",
                "Make it anew with: clipsharp index PICTURES --index FOLDER --ann", e);
        }
    }

    /// <summary>Adds rows.</summary>
    /// <param name="rows">The vectors.</param>
    /// <param name="among">Which of them, or null for all.</param>
    /// <param name="firstRow">The number of the first.</param>
    /// <param name="added">Told of each, from any thread.</param>
    /// <param name="cancel">Stops between two rows; then it is of no use any more.</param>
    public void Add(MappedVectors rows, RowSet? among, long firstRow, Action? added = null, CancellationToken cancel = default)
    {
        _graph.Reserve(Count + (among?.Count ?? rows.Count), Threads);
        using var held = rows.Rows();
        var first = (nint)held.First;
        Parallel.For(0, rows.Count, new ParallelOptions { MaxDegreeOfParallelism = Threads, CancellationToken = cancel }, row =>
        {
            if (among?[row] != false)
            {
                _graph.Add(firstRow + row, (Half*)first + ((long)row * _dimension));
                added?.Invoke();
            }
        });
    }

    /// <summary>Rows that are probably the nearest of a query, the nearest first.</summary>
    /// <param name="query">[E], of any length.</param>
    /// <param name="count">How many; the more, the surer the first of them are the nearest.</param>
    public long[] Find(ReadOnlySpan<float> query, int count)
    {
        var unit = query.ToArray();
        if (TensorPrimitives.Norm(query) is > 0 and var norm)
        {
            TensorPrimitives.Divide(unit, norm, unit); // it is rounded to halves, which end at 65,504
        }

        var keys = new ulong[(int)Math.Min(count, Count)];
        _places.Wait();
        try
        {
            return [.. keys.AsSpan(0, _graph.Search(unit, keys)).ToArray().Select(key => (long)key)];
        }
        finally
        {
            _places.Release();
        }
    }

    /// <summary>Writes it to a new file, and says what was written.</summary>
    /// <exception cref="IOException">The disk is full or failing.</exception>
    public GraphFile Save(string path)
    {
        var length = _graph.FileLength;
        // The room is taken first: a disk that is full once the file is mapped would end the process.
        using var stream = DurableStorage.Create(path, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.ReadWrite,
            Share = FileShare.None,
            PreallocationSize = length,
        });
        using var file = MemoryMappedFile.CreateFromFile(stream, null, length, MemoryMappedFileAccess.ReadWrite,
            HandleInheritability.None, leaveOpen: true);
        using var view = file.CreateViewAccessor(0, length);
        byte* first = null;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref first);
        try
        {
            _graph.Save(first, length);
            var hash = LinksHash(first, length, _dimension, path);
            view.Flush();
            DurableStorage.Sync(stream.SafeFileHandle, path);
            return new GraphFile(length, hash);
        }
        finally
        {
            view.SafeMemoryMappedViewHandle.ReleasePointer();
        }
    }

    /// <summary>Frees it when searches under way are done.</summary>
    public void Dispose() => _graph.Dispose();

    // Of all but the vectors: they are most of the bytes, and a damaged one leads nowhere but to another proposal.
    private static string LinksHash(byte* first, long length, int dimension, string path)
    {
        var head = new ReadOnlySpan<byte>(first, HeadBytes);
        var (rows, width) = (BinaryPrimitives.ReadUInt32LittleEndian(head), BinaryPrimitives.ReadUInt32LittleEndian(head[4..]));
        var at = HeadBytes + ((long)rows * width);
        if (width != dimension * sizeof(ushort) || at > length)
        {
            throw Damaged(path, $"{rows} vectors of {width} bytes", $"of {dimension * sizeof(ushort)}, within {length} bytes");
        }

        var hash = new XxHash128();
        hash.Append(head);
        for (; at < length; at += int.MaxValue)
        {
            hash.Append(new ReadOnlySpan<byte>(first + at, (int)Math.Min(int.MaxValue, length - at)));
        }

        return Convert.ToHexStringLower(hash.GetCurrentHash());
    }

    private static ClipException Damaged(string path, string found, string expected) => new(ClipError.Data,
        "The graph is damaged", path, found, expected, "Make it anew with: clipsharp index PICTURES --index FOLDER --ann");
}

/// <summary>What a file of a graph is.</summary>
/// <param name="Bytes">Its length.</param>
/// <param name="Hash">XxHash128 of its links, 32 hex digits.</param>
internal sealed record GraphFile(long Bytes, string Hash);
