using ClipSharp.Search.Graphs;
using ClipSharp.Search.Queries;
using ClipSharp.Search.Segments;
using ClipSharp.Search.Vectors;

namespace ClipSharp.Search.Collections;

/// <summary>An index on disk, as it was when it was opened; another process may change the folder meanwhile.
/// Thread-safe.</summary>
public sealed class PictureIndex : IPictureStore
{
    private const int Tries = 3; // a compaction may take the files away between the manifest and their opening

    private readonly string _root;
    private readonly IndexManifest _manifest;
    private readonly MappedVectors[] _vectors;
    private readonly RowSet?[] _live;
    private readonly long[] _starts;
    private readonly RowGroups _groups;
    private readonly IndexGraph? _graph;

    private PictureIndex(string root, IndexManifest manifest, bool approximate)
    {
        (_root, _manifest, _groups) = (root, manifest, new RowGroups(root, manifest));
        var opened = new List<MappedVectors>();
        try
        {
            _graph = approximate ? IndexGraph.Open(root, manifest) : null;
            foreach (var segment in manifest.Segments)
            {
                opened.Add(SegmentFiles.OpenVectors(root, manifest, segment));
            }
        }
        catch
        {
            opened.ForEach(vectors => vectors.Dispose());
            _graph?.Dispose();
            throw;
        }

        _vectors = [.. opened];
        _live = [.. manifest.Segments.Select(segment => segment.Removed.Count == 0 ? null : segment.LiveRows())];
        _starts = new long[_vectors.Length];
        for (var number = 1; number < _starts.Length; number++)
        {
            _starts[number] = _starts[number - 1] + _vectors[number - 1].Count;
        }
    }

    /// <summary>Pictures.</summary>
    public long Count => _manifest.Segments.Sum(segment => (long)segment.Live);

    /// <summary>E.</summary>
    public int Dimension => _manifest.Dimension;

    /// <summary>The model as it was named when the index was made: a path or <c>hf-hub:org/name</c>.</summary>
    public string Model => _manifest.Model;

    /// <summary>What computed the vectors, such as "torch cpu bf16".</summary>
    public string Engine => _manifest.Engine;

    /// <summary>Pictures that are newer than the graph, and are all compared with a query; 0 where every search is
    /// exact.</summary>
    public long NewerThanGraph => _graph is null ? 0
        : _manifest.Segments.Skip(_graph.Segments).Sum(segment => (long)segment.Live);

    /// <summary>Opens an index.</summary>
    /// <param name="folder">Where it is.</param>
    /// <param name="approximate">Whether searches without filters use the graph of <see cref="GraphBuild"/>: they look at few
    /// pictures, and what they find has its exact score, but some of the best may be missing.</param>
    /// <exception cref="ClipException">There is none, or no graph (NoInput), or it is damaged (Data).</exception>
    public static PictureIndex Open(string folder, bool approximate = false)
    {
        for (var attempt = 1; ; attempt++)
        {
            var manifest = (Directory.Exists(folder) ? IndexManifest.Find(folder) : null)
                ?? throw new ClipException(ClipError.NoInput, "There is no index", folder, "no " + IndexManifest.FileName,
                    "a folder that clipsharp index made", "Make it with: clipsharp index PICTURES --index FOLDER --model MODEL");
            try
            {
                return new PictureIndex(folder, manifest, approximate);
            }
            catch (ClipException e) when (e.Kind == ClipError.NoInput && attempt < Tries)
            {
                // Compacted meanwhile: the manifest is another now.
            }
        }
    }

    /// <summary>Refuses a model whose vectors are not those of this index.</summary>
    /// <exception cref="ClipException">It has other weights.</exception>
    public void RequireModel(Clip clip)
    {
        ArgumentNullException.ThrowIfNull(clip);
        _manifest.OfModel.RequireSameWeights(clip, _root);
    }

    /// <summary>The pictures of highest score for each query, best first; of equal ones the one indexed first.</summary>
    /// <param name="queries">[Q, E], such as from <see cref="SearchQuery.Encode"/>.</param>
    /// <param name="top">How many a query, 1 or more; fewer where there are no more.</param>
    /// <param name="least">Pictures that score less are not found.</param>
    /// <param name="filters">What a picture must fit; all of them.</param>
    /// <param name="cancel">Stops between two blocks.</param>
    public IReadOnlyList<IReadOnlyList<FoundPicture>> Search(Embeddings queries, int top,
        float least = float.NegativeInfinity, IReadOnlyList<PictureFilter>? filters = null,
        CancellationToken cancel = default) => Search(queries, top, 0, least, Fits(filters), cancel);

    /// <summary>The same among the pictures that fit, or all, without the best of the pages before.</summary>
    internal IReadOnlyList<IReadOnlyList<FoundPicture>> Search(Embeddings queries, int top, int skip, float least,
        Func<IndexedPicture, bool>? fits, CancellationToken cancel)
    {
        var among = fits is null ? _live : Fitting(fits, cancel);
        var count = (int)Math.Min(int.MaxValue, (long)top + skip);
        var found = fits is null && _graph is not null
            ? _graph.Find(queries, _vectors, _live, count, least, cancel)
            : ExactSearch.Find(queries, _vectors, among, count, least, cancel);
        var hits = found.Select(each => each.Skip(skip).ToList()).ToList();
        var pictures = Pictures(hits.SelectMany(each => each).Select(hit => hit.Row));
        return [.. hits.Select(each => each
            .Select(hit => new FoundPicture(pictures[hit.Row], hit.Score) { Id = hit.Row }).ToList())];
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<FoundPicture>> SearchAsync(Embeddings query, PictureSelection selection,
        CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(selection);
        return Task.Run(() => Search(query, selection.Top, selection.Skip, selection.Least, Fits(selection.Filters), cancel)[0],
            cancel);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<FoundPicture>> ListAsync(PictureSelection selection, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(selection);
        return Task.Run(() => List(selection), cancel);
    }

    /// <inheritdoc/>
    public Task<IndexedPicture?> FindAsync(long id, CancellationToken cancel = default) =>
        Task.Run(() => IsThere(id) ? PictureOf(id) : null, cancel);

    /// <inheritdoc/>
    public Task<long> IdOfAsync(string name, CancellationToken cancel = default) => Task.Run(() => RowOf(name), cancel);

    /// <inheritdoc/>
    public Task<Embeddings?> VectorAsync(long id, CancellationToken cancel = default) =>
        Task.FromResult(IsThere(id) ? Vectors([id]) : null);

    /// <summary>All pictures with their rows, in the order in which they were indexed.</summary>
    public IEnumerable<(long Row, IndexedPicture Picture)> Pictures()
    {
        for (var number = 0; number < _vectors.Length; number++)
        {
            var row = 0;
            foreach (var picture in SegmentFiles.ReadRows(_root, _manifest.Segments[number].Name).SelectMany(group => group))
            {
                if (_live[number]?[row] != false)
                {
                    yield return (_starts[number] + row, picture);
                }

                row++;
            }
        }
    }

    /// <summary>The vectors of some rows as float32, [N, E].</summary>
    public Embeddings Vectors(IReadOnlyList<long> rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        var vectors = new Embeddings(rows.Count, Dimension);
        for (var i = 0; i < rows.Count; i++)
        {
            var (segment, row) = PlaceOf(rows[i]);
            _vectors[segment].CopyRow(row, vectors.Writable(i));
        }

        return vectors;
    }

    /// <summary>The row of a picture by its path, its key, or what is shown of it in results.</summary>
    /// <exception cref="ClipException">There is none, or several have this key.</exception>
    public long RowOf(string name)
    {
        var full = Path.GetFullPath(name);
        var found = Pictures().Where(row => row.Picture.Place == full && row.Picture.Offset == 0
            || row.Picture.Key == name || row.Picture.Name == name).Take(2).ToList();
        return found.Count == 1
            ? found[0].Row
            : throw PictureNames.Refusal(name, Count, [.. found.Select(row => row.Picture)]);
    }

    /// <summary>Groups of pictures that look alike: each is linked to another of its group by at least the threshold. Equal files
    /// are always in one group.</summary>
    /// <param name="threshold">The least cosine, −1 to 1; 0.95 or more finds near-duplicates.</param>
    /// <param name="progress">Told how many pictures are compared.</param>
    /// <param name="cancel">Stops between two blocks.</param>
    /// <returns>Groups of two or more, the largest first, each with the least cosine of a link.</returns>
    public IReadOnlyList<(float Least, IReadOnlyList<IndexedPicture> Pictures)> Duplicates(float threshold,
        IProgress<long>? progress = null, CancellationToken cancel = default) =>
        DuplicateGroups.Find([.. Pictures()], rows => Vectors(rows),
            (queries, count) => ExactSearch.Find(queries, _vectors, _live, count, threshold, cancel), progress);

    /// <summary>Ends the mapping of the vectors when searches under way are done.</summary>
    public void Dispose()
    {
        foreach (var vectors in _vectors)
        {
            vectors.Dispose();
        }

        _graph?.Dispose();
    }

    /// <summary>The picture of a row.</summary>
    internal IndexedPicture PictureOf(long row) => Pictures([row])[row];

    private static Func<IndexedPicture, bool>? Fits(IReadOnlyList<PictureFilter>? filters) =>
        filters is null or [] ? null : picture => filters.All(filter => filter.Fits(picture));

    private bool IsThere(long row)
    {
        if (row < 0 || _vectors.Length == 0 || row >= _starts[^1] + _vectors[^1].Count)
        {
            return false;
        }

        var (segment, at) = PlaceOf(row);
        return _live[segment]?[at] != false;
    }

    // Rows of pages before are counted without being read: the metadata of a million pictures take seconds.
    private IReadOnlyList<FoundPicture> List(PictureSelection selection)
    {
        if (Fits(selection.Filters) is { } fits)
        {
            return [.. Pictures().Where(row => fits(row.Picture)).Skip(selection.Skip).Take(selection.Top)
                .Select(row => new FoundPicture(row.Picture, 0) { Id = row.Row })];
        }

        long[] rows = [.. LiveRows().Skip(selection.Skip).Take(selection.Top)];
        var pictures = Pictures(rows);
        return [.. rows.Select(row => new FoundPicture(pictures[row], 0) { Id = row })];
    }

    private IEnumerable<long> LiveRows()
    {
        for (var segment = 0; segment < _vectors.Length; segment++)
        {
            for (var row = 0; row < _vectors[segment].Count; row++)
            {
                if (_live[segment]?[row] != false)
                {
                    yield return _starts[segment] + row;
                }
            }
        }
    }

    private RowSet[] Fitting(Func<IndexedPicture, bool> fits, CancellationToken cancel)
    {
        RowSet[] fitting = [.. _vectors.Select(vectors => new RowSet(vectors.Count))];
        foreach (var (row, picture) in Pictures())
        {
            cancel.ThrowIfCancellationRequested();
            if (fits(picture))
            {
                var (segment, at) = PlaceOf(row);
                fitting[segment][at] = true;
            }
        }

        return fitting;
    }

    private Dictionary<long, IndexedPicture> Pictures(IEnumerable<long> rows)
    {
        var pictures = new Dictionary<long, IndexedPicture>();
        foreach (var ofSegment in rows.Distinct().Select(PlaceOf).GroupBy(place => place.Segment, place => place.Row))
        {
            foreach (var (row, picture) in _groups.Read(ofSegment.Key, [.. ofSegment]))
            {
                pictures[_starts[ofSegment.Key] + row] = picture;
            }
        }

        return pictures;
    }

    private (int Segment, int Row) PlaceOf(long row)
    {
        var at = Array.BinarySearch(_starts, row);
        var segment = at >= 0 ? at : ~at - 1;
        while (segment + 1 < _starts.Length && _starts[segment + 1] == row)
        {
            segment++; // segments without a row begin at the same number
        }

        return (segment, (int)(row - _starts[segment]));
    }
}
