using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ClipSharp.Search.Graphs;

/// <summary>A graph of USearch's native library (<c>c/usearch.h</c>) and the mapped file that it may lie in. Every call holds it:
/// neither is freed before the last call under way has come back.</summary>
internal sealed unsafe partial class GraphHandle : SafeHandle
{
    private const string Library = "libusearch_c";
    private const uint InnerProduct = 2;
    private const uint Halves = 3;
    private const uint Floats = 1;

    private readonly SafeMemoryMappedViewHandle? _file;
    private readonly bool _holdsFile;

    private GraphHandle(nint graph, SafeMemoryMappedViewHandle? file)
        : base(0, ownsHandle: true)
    {
        SetHandle(graph);
        _file = file;
        _file?.DangerousAddRef(ref _holdsFile);
    }

    /// <inheritdoc/>
    public override bool IsInvalid => handle == 0;

    /// <summary>A graph without a vector, or one that a file is mapped into next.</summary>
    /// <param name="dimension">E.</param>
    /// <param name="connectivity">Links of a vector.</param>
    /// <param name="expansion">Candidates that are looked at while a vector is added.</param>
    /// <param name="file">What <see cref="View"/> will be given, or null.</param>
    /// <exception cref="ClipException">The library is not here, or cannot be loaded.</exception>
    public static GraphHandle Create(int dimension, int connectivity, int expansion, SafeMemoryMappedViewHandle? file = null)
    {
        var options = new Options
        {
            Metric = InnerProduct,
            Number = Halves,
            Dimensions = (nuint)dimension,
            Connectivity = (nuint)connectivity,
            ExpansionAdd = (nuint)expansion,
        };
        try
        {
            var graph = usearch_init(&options, out var error);
            Require(error);
            return new GraphHandle(graph, file);
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException or EntryPointNotFoundException)
        {
            throw new ClipException(ClipError.Unavailable, "The library for graphs cannot be loaded", Library, e.Message,
                $"USearch for {RuntimeInformation.RuntimeIdentifier}; there are builds for linux-x64, win-x64 and osx-arm64",
                "On Linux install libgomp1; elsewhere search without --ann.", e);
        }
    }

    /// <summary>Vectors in it.</summary>
    public long Count
    {
        get
        {
            var count = usearch_size(this, out var error);
            Require(error);
            return (long)count;
        }
    }

    /// <summary>Makes room. Nothing else may run meanwhile.</summary>
    /// <param name="vectors">How many there will be in all.</param>
    /// <param name="threads">How many calls at once.</param>
    public void Reserve(long vectors, int threads)
    {
        usearch_reserve(this, (nuint)vectors, out var error);
        Require(error);
        usearch_change_threads_add(this, (nuint)threads, out error);
        Require(error);
    }

    /// <summary>How many calls of <see cref="Search"/> may run at once; before <see cref="View"/>.</summary>
    public void AllowSearches(int threads)
    {
        usearch_change_threads_search(this, (nuint)threads, out var error);
        Require(error);
    }

    /// <summary>Adds a vector, [E].</summary>
    public void Add(long key, Half* vector)
    {
        usearch_add(this, (ulong)key, vector, Halves, out var error);
        Require(error);
    }

    /// <summary>The keys of vectors that are near a query, the nearest first.</summary>
    /// <param name="query">[E].</param>
    /// <param name="keys">Written.</param>
    /// <returns>How many.</returns>
    public int Search(ReadOnlySpan<float> query, Span<ulong> keys)
    {
        var distances = new float[keys.Length];
        fixed (float* first = query, distance = distances)
        fixed (ulong* key = keys)
        {
            var found = usearch_search(this, first, Floats, (nuint)keys.Length, key, distance, out var error);
            Require(error);
            return (int)found;
        }
    }

    /// <summary>Bytes of its file.</summary>
    public long FileLength
    {
        get
        {
            var length = usearch_serialized_length(this, out var error);
            Require(error);
            return (long)length;
        }
    }

    /// <summary>Writes it as a file has it.</summary>
    public void Save(byte* buffer, long length)
    {
        usearch_save_buffer(this, buffer, (nuint)length, out var error);
        Require(error);
    }

    /// <summary>Reads a copy of a file, to which more can be added.</summary>
    public void Load(byte* buffer, long length)
    {
        usearch_load_buffer(this, buffer, (nuint)length, out var error);
        Require(error);
    }

    /// <summary>Takes a file where it lies.</summary>
    public void View(byte* buffer, long length)
    {
        usearch_view_buffer(this, buffer, (nuint)length, out var error);
        Require(error);
    }

    /// <inheritdoc/>
    protected override bool ReleaseHandle()
    {
        usearch_free(handle, out _);
        if (_holdsFile)
        {
            _file!.DangerousRelease();
        }

        return true;
    }

    private static void Require(nint error)
    {
        if (error != 0)
        {
            throw new InvalidOperationException($"USearch: {Marshal.PtrToStringUTF8(error)}");
        }
    }

    [LibraryImport(Library)]
    private static partial nint usearch_init(Options* options, out nint error);

    [LibraryImport(Library)]
    private static partial void usearch_free(nint graph, out nint error);

    [LibraryImport(Library)]
    private static partial nuint usearch_size(GraphHandle graph, out nint error);

    [LibraryImport(Library)]
    private static partial void usearch_reserve(GraphHandle graph, nuint capacity, out nint error);

    [LibraryImport(Library)]
    private static partial void usearch_change_threads_add(GraphHandle graph, nuint threads, out nint error);

    [LibraryImport(Library)]
    private static partial void usearch_change_threads_search(GraphHandle graph, nuint threads, out nint error);

    [LibraryImport(Library)]
    private static partial void usearch_add(GraphHandle graph, ulong key, void* vector, uint number, out nint error);

    [LibraryImport(Library)]
    private static partial nuint usearch_search(GraphHandle graph, void* query, uint number, nuint count, ulong* keys,
        float* distances, out nint error);

    [LibraryImport(Library)]
    private static partial nuint usearch_serialized_length(GraphHandle graph, out nint error);

    [LibraryImport(Library)]
    private static partial void usearch_save_buffer(GraphHandle graph, void* buffer, nuint length, out nint error);

    [LibraryImport(Library)]
    private static partial void usearch_load_buffer(GraphHandle graph, void* buffer, nuint length, out nint error);

    [LibraryImport(Library)]
    private static partial void usearch_view_buffer(GraphHandle graph, void* buffer, nuint length, out nint error);

    /// <summary><c>usearch_init_options_t</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Options
    {
        public uint Metric;
        public nint OwnMetric;
        public uint Number;
        public nuint Dimensions;
        public nuint Connectivity;
        public nuint ExpansionAdd;
        public nuint ExpansionSearch;
        public byte HasRepeatedKeys;
    }
}
