using System.Linq.Expressions;
using System.Runtime.CompilerServices;
using ClipSharp.Files;
using ClipSharp.Search.Segments;
using ClipSharp.Search.Updates;
using Microsoft.Extensions.VectorData;
using Numbers = System.ReadOnlyMemory<float>;

namespace ClipSharp.Search.Collections;

/// <summary>An index on disk behind the contract of Microsoft.Extensions.VectorData, searched exactly: for applications that
/// would change to another store without changing their code. Scores are cosines. Each call of <c>UpsertAsync</c> writes one
/// segment, so records are given many at a time. Thread-safe; other processes may read the index meanwhile.</summary>
public sealed class PictureCollection : VectorStoreCollection<string, PictureRecord>
{
    private readonly string _folder;
    private readonly Clip? _clip;
    private readonly string _modelName;
    private readonly Lock _gate = new();
    private View? _view;

    /// <param name="folder">The index's folder; it need not be there yet.</param>
    /// <param name="clip">Encodes texts and pictures that are searched for, and says what a new index is of; null = only vectors
    /// are searched for, in an index that is there. The caller disposes it.</param>
    /// <param name="modelName">What a new index calls the model: a path or <c>hf-hub:org/name</c>.</param>
    public PictureCollection(string folder, Clip? clip = null, string modelName = "")
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        (_folder, _clip, _modelName) = (Path.GetFullPath(folder), clip, modelName);
    }

    /// <inheritdoc/>
    public override string Name => Path.GetFileName(_folder);

    /// <inheritdoc/>
    public override Task<bool> CollectionExistsAsync(CancellationToken cancellationToken = default) =>
        Task.FromResult(Directory.Exists(_folder) && IndexManifest.Find(_folder) is not null);

    /// <summary>Makes an empty index of the model where there is none.</summary>
    /// <exception cref="ClipException">There is no model to make it for, or the index there is of another one.</exception>
    public override Task EnsureCollectionExistsAsync(CancellationToken cancellationToken = default)
    {
        using var held = IndexFolder.Open(_folder);
        var there = IndexManifest.Find(_folder);
        if (_clip is not null)
        {
            var model = IndexModel.Require(there?.OfModel, _clip, _modelName, _folder);
            there ??= IndexManifest.Of(model);
            there.Save(_folder);
        }

        return there is not null ? Task.CompletedTask : throw new ClipException(ClipError.Usage,
            "An index cannot be made without a model", _folder, "no model", "the model whose vectors it will hold",
            "Give the collection a Clip.");
    }

    /// <summary>Takes the index's own files away; others stay, and the folder with them.</summary>
    public override Task EnsureCollectionDeletedAsync(CancellationToken cancellationToken = default)
    {
        if (!Directory.Exists(_folder) || IndexManifest.Find(_folder) is null)
        {
            return Task.CompletedTask;
        }

        using (IndexFolder.Open(_folder))
        {
            DurableStorage.DeleteFile(Path.Combine(_folder, IndexManifest.FileName)); // from here on there is no index
            Forget();
            AtomicFolder.Remove(Path.Combine(_folder, IndexFolder.SegmentsName));
            DurableStorage.DeleteFile(Path.Combine(_folder, Data.Index.LeftOutFile.FileName));
        }

        DurableStorage.DeleteFile(Path.Combine(_folder, IndexFolder.LockName));
        if (!Directory.EnumerateFileSystemEntries(_folder).Any())
        {
            Directory.Delete(_folder);
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public override Task<PictureRecord?> GetAsync(string key, RecordRetrievalOptions? options = null,
        CancellationToken cancellationToken = default) => Task.FromResult(With(view =>
            view.Rows.TryGetValue(key, out var row) ? view.Record(row, options?.IncludeVectors ?? false) : null));

    /// <inheritdoc/>
    public override async IAsyncEnumerable<PictureRecord> GetAsync(Expression<Func<PictureRecord, bool>> filter, int top,
        FilteredRecordRetrievalOptions<PictureRecord>? options = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(filter);
        ArgumentOutOfRangeException.ThrowIfLessThan(top, 1);
        var fits = filter.Compile();
        var found = With(view =>
        {
            var rows = view.Index.Pictures().Select(row => (row.Row, Record: PictureRecord.Of(row.Picture)))
                .Where(row => fits(row.Record));
            foreach (var order in options?.OrderBy?.Invoke(new())?.Values ?? [])
            {
                var value = order.PropertySelector.Compile();
                rows = rows is IOrderedEnumerable<(long, PictureRecord Record)> ordered
                    ? order.Ascending ? ordered.ThenBy(Value, Comparer<object?>.Default) : ordered.ThenByDescending(Value)
                    : order.Ascending ? rows.OrderBy(Value) : rows.OrderByDescending(Value);

                object? Value((long, PictureRecord Record) row) => value(row.Record);
            }

            return rows.Skip(options?.Skip ?? 0).Take(top)
                .Select(row => options?.IncludeVectors == true ? view.Record(row.Row, true) : row.Record).ToList();
        });
        foreach (var record in found)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return record;
        }

        await Task.CompletedTask.ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override Task DeleteAsync(string key, CancellationToken cancellationToken = default) =>
        DeleteAsync([key], cancellationToken);

    /// <summary>Deletes records; keys that are not there are passed over.</summary>
    public override Task DeleteAsync(IEnumerable<string> keys, CancellationToken cancellationToken = default)
    {
        var gone = keys.ToHashSet(StringComparer.Ordinal);
        Change((_, manifest, rows) =>
            manifest.Without(rows.Where(row => gone.Contains(row.Picture.Name)).Select(row => row.Place)), cancellationToken);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public override Task UpsertAsync(PictureRecord record, CancellationToken cancellationToken = default) =>
        UpsertAsync([record], cancellationToken);

    /// <summary>Writes records, in place of those of the same names; of two of one name the later.</summary>
    /// <exception cref="ArgumentException">A record has no vector, or one that is not of the index's width, not finite, or
    /// zero.</exception>
    public override Task UpsertAsync(IEnumerable<PictureRecord> records, CancellationToken cancellationToken = default)
    {
        var last = RecordVectors.LastOfEachName(records);
        if (last.Count == 0)
        {
            return Task.CompletedTask;
        }

        Change((root, manifest, rows) =>
        {
            var there = rows.ToDictionary(row => row.Picture.Name, StringComparer.Ordinal);
            var name = IndexFolder.NextName(manifest);
            SegmentFiles.Write(root, name, manifest.Dimension,
                [.. last.Select(record => RecordVectors.Halves(record, manifest.Dimension))],
                [.. last.Select(record => record.Over(there.GetValueOrDefault(record.Name).Picture))], []);
            var without = manifest.Without(last.Where(record => there.ContainsKey(record.Name))
                .Select(record => there[record.Name].Place));
            return without with { Segments = [.. without.Segments, new IndexManifest.Segment(name, last.Count)] };
        }, cancellationToken);
        return Task.CompletedTask;
    }

    /// <summary>The records of highest cosine with a query, best first.</summary>
    /// <param name="searchValue">A vector (<c>ReadOnlyMemory&lt;float&gt;</c>, <c>float[]</c>, <c>Embedding&lt;float&gt;</c>) of
    /// the index's width; or, with a model, a text, or a picture's file as <c>DataContent</c>.</param>
    /// <param name="top">How many, 1 or more.</param>
    /// <param name="options">Filter, threshold, how many to pass over.</param>
    /// <param name="cancellationToken">Stops between two blocks.</param>
    /// <exception cref="ArgumentException">The query is of another width or kind.</exception>
    public override async IAsyncEnumerable<VectorSearchResult<PictureRecord>> SearchAsync<TInput>(TInput searchValue, int top,
        VectorSearchOptions<PictureRecord>? options = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(top, 1);
        options ??= new VectorSearchOptions<PictureRecord>();
        var query = await RecordVectors.QueryAsync(searchValue, _clip, cancellationToken).ConfigureAwait(false);
        var fits = options.Filter?.Compile();
        var found = With(view =>
        {
            RecordVectors.RequireWidth(query, view.Index.Dimension);
            var hits = view.Index.Search(query, top, options.Skip,
                (float)(options.ScoreThreshold ?? double.NegativeInfinity),
                fits is null ? null : picture => fits(PictureRecord.Of(picture)), cancellationToken)[0];
            return hits.Select(hit => new VectorSearchResult<PictureRecord>(
                options.IncludeVectors ? view.Record(view.Rows[hit.Picture.Name], true) : PictureRecord.Of(hit.Picture),
                hit.Score)).ToList();
        });
        foreach (var result in found)
        {
            yield return result;
        }
    }

    /// <inheritdoc/>
    public override object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        return serviceKey is not null ? null
            : serviceType == typeof(VectorStoreCollectionMetadata)
                ? new VectorStoreCollectionMetadata { VectorStoreSystemName = "clipsharp", CollectionName = Name }
            : serviceType.IsInstanceOfType(this) ? this : null;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            Forget();
        }

        base.Dispose(disposing);
    }

    private T With<T>(Func<View, T> use)
    {
        View view;
        lock (_gate)
        {
            view = _view ??= new View(PictureIndex.Open(_folder));
            view.Users++;
        }

        try
        {
            return use(view);
        }
        finally
        {
            lock (_gate)
            {
                if (--view.Users == 0 && view != _view)
                {
                    view.Index.Dispose();
                }
            }
        }
    }

    private void Change(
        Func<string, IndexManifest, IEnumerable<(RowPlace Place, IndexedPicture Picture)>, IndexManifest> change,
        CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        using var held = IndexFolder.Open(_folder);
        var manifest = IndexManifest.Find(_folder) ?? throw new ClipException(ClipError.NoInput, "There is no index", _folder,
            "no " + IndexManifest.FileName, "an index", "Call EnsureCollectionExistsAsync first.");
        change(_folder, manifest, FolderWriter.ReadRows(_folder, manifest)).Save(_folder);
        Forget();
    }

    // Whoever still uses it disposes it.
    private void Forget()
    {
        lock (_gate)
        {
            if (_view is { Users: 0 } idle)
            {
                idle.Index.Dispose();
            }

            _view = null;
        }
    }

    /// <summary>The index as it was opened, with its rows by name.</summary>
    private sealed class View(PictureIndex index)
    {
        private readonly Lazy<Dictionary<string, long>> _rows = new(() =>
        {
            var rows = new Dictionary<string, long>(StringComparer.Ordinal);
            foreach (var (row, picture) in index.Pictures())
            {
                rows[picture.Name] = row;
            }

            return rows;
        });

        public PictureIndex Index => index;

        /// <summary>Calls under way.</summary>
        public int Users { get; set; }

        public Dictionary<string, long> Rows => _rows.Value;

        public PictureRecord Record(long row, bool withVector) =>
            PictureRecord.Of(index.PictureOf(row), withVector ? index.Vectors([row]).Row(0).ToArray() : default(Numbers?));
    }
}
