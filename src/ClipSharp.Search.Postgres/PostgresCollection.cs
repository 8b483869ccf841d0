using System.Linq.Expressions;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using ClipSharp.Search.Collections;
using ClipSharp.Search.Postgres.Queries;
using ClipSharp.Search.Updates;
using Microsoft.Extensions.VectorData;
using Npgsql;

namespace ClipSharp.Search.Postgres;

/// <summary>Pictures in a database behind the contract of Microsoft.Extensions.VectorData. Scores are cosines; filters are asked
/// of the database, and what it cannot be asked is refused. Each call is a transaction. Thread-safe.</summary>
public sealed class PostgresCollection : VectorStoreCollection<string, PictureRecord>
{
    private readonly Database _database;
    private readonly Clip? _clip;
    private readonly string _modelName;
    private IndexModel? _model; // as it was found; null = not looked for yet

    /// <param name="address">As of <see cref="PostgresPictures.Open"/>; the tables need not be there yet.</param>
    /// <param name="clip">Encodes texts and pictures that are searched for, and says what a new store is of; null = only vectors
    /// are searched for, in a store that is there. The caller disposes it.</param>
    /// <param name="modelName">What a new store calls the model: a path or <c>hf-hub:org/name</c>.</param>
    /// <exception cref="ClipException">The address cannot be read.</exception>
    public PostgresCollection(string address, Clip? clip = null, string modelName = "") =>
        (_database, _clip, _modelName) = (new Database(PostgresAddress.Parse(address)), clip, modelName);

    /// <inheritdoc/>
    public override string Name => _database.Table.Name;

    /// <inheritdoc/>
    public override Task<bool> CollectionExistsAsync(CancellationToken cancellationToken = default) => _database.UseAsync(
        async connection => await FindAsync(connection, cancellationToken).ConfigureAwait(false) is not null, cancellationToken);

    /// <summary>Makes an empty store of the model where there is none, with its graph.</summary>
    /// <exception cref="ClipException">There is no model to make it for, or the store there is of another one.</exception>
    public override Task EnsureCollectionExistsAsync(CancellationToken cancellationToken = default) => _database.ChangeAsync(
        async connection =>
        {
            var there = await FindAsync(connection, cancellationToken).ConfigureAwait(false);
            if (_clip is null)
            {
                return there ?? throw PostgresFault.Refusal(ClipError.Usage, "A store cannot be made without a model",
                    _database.Address, "no model", "the model whose vectors it will hold", "Give the collection a Clip.");
            }

            var model = IndexModel.Require(there, _clip, _modelName, _database.Address.Shown);
            if (there is null)
            {
                await PictureTable.CreateAsync(connection, _database, model, cancellationToken).ConfigureAwait(false);
            }

            await PictureTable.BuildGraphAsync(connection, _database.Table, model.Dimension, cancellationToken)
                .ConfigureAwait(false);
            return model;
        }, cancellationToken);

    /// <summary>Takes the store's own tables away.</summary>
    public override Task EnsureCollectionDeletedAsync(CancellationToken cancellationToken = default) => _database.ChangeAsync(
        async connection =>
        {
            if (await FindAsync(connection, cancellationToken).ConfigureAwait(false) is not null)
            {
                await PictureTable.DropAsync(connection, _database.Table, cancellationToken).ConfigureAwait(false);
                _model = null;
            }

            return true;
        }, cancellationToken);

    /// <inheritdoc/>
    public override async Task<PictureRecord?> GetAsync(string key, RecordRetrievalOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        var found = await ReadAsync(options?.IncludeVectors == true, connection => PictureQuery.ListAsync(connection, _database,
            values => $"name = {values.Add(key)}", "id", 1, 0, cancellationToken), cancellationToken).ConfigureAwait(false);
        return found.Count == 0 ? null : found[0];
    }

    /// <inheritdoc/>
    public override async IAsyncEnumerable<PictureRecord> GetAsync(Expression<Func<PictureRecord, bool>> filter, int top,
        FilteredRecordRetrievalOptions<PictureRecord>? options = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(filter);
        ArgumentOutOfRangeException.ThrowIfLessThan(top, 1);
        var order = string.Concat((options?.OrderBy?.Invoke(new())?.Values ?? [])
            .Select(by => RecordColumns.Order(by.PropertySelector, by.Ascending) + ", ")) + "id";
        var found = await ReadAsync(options?.IncludeVectors == true, connection => PictureQuery.ListAsync(connection, _database,
            values => ExpressionSql.Of(filter, values, connection), order, top, options?.Skip ?? 0, cancellationToken),
            cancellationToken).ConfigureAwait(false);
        foreach (var record in found)
        {
            yield return record;
        }
    }

    /// <inheritdoc/>
    public override Task DeleteAsync(string key, CancellationToken cancellationToken = default) =>
        DeleteAsync([key], cancellationToken);

    /// <summary>Deletes records; keys that are not there are passed over.</summary>
    public override Task DeleteAsync(IEnumerable<string> keys, CancellationToken cancellationToken = default) =>
        _database.ChangeAsync(async connection =>
        {
            await RequireAsync(connection, cancellationToken).ConfigureAwait(false);
            return await TakeAsync(connection, keys, cancellationToken).ConfigureAwait(false);
        }, cancellationToken);

    /// <inheritdoc/>
    public override Task UpsertAsync(PictureRecord record, CancellationToken cancellationToken = default) =>
        UpsertAsync([record], cancellationToken);

    /// <summary>Writes records, in place of those of the same names; of two of one name the later.</summary>
    /// <exception cref="ArgumentException">A record has no vector, or one that is not of the store's width, not finite, or
    /// zero.</exception>
    public override Task UpsertAsync(IEnumerable<PictureRecord> records, CancellationToken cancellationToken = default)
    {
        var last = RecordVectors.LastOfEachName(records);
        return last.Count == 0 ? Task.CompletedTask : _database.ChangeAsync(async connection =>
        {
            var model = await RequireAsync(connection, cancellationToken).ConfigureAwait(false);
            var vectors = last.Select(record => RecordVectors.Halves(record, model.Dimension)).ToList();
            var there = await TakeAsync(connection, last.Select(record => record.Name), cancellationToken).ConfigureAwait(false);
            return await PictureRows.WriteAsync(connection, _database, [.. last.Zip(vectors, (record, vector) =>
                new NewPicture(record.Over(there.GetValueOrDefault(record.Name)), vector))], cancellationToken)
                .ConfigureAwait(false);
        }, cancellationToken);
    }

    /// <summary>The records of highest cosine with a query, best first.</summary>
    /// <param name="searchValue">A vector (<c>ReadOnlyMemory&lt;float&gt;</c>, <c>float[]</c>, <c>Embedding&lt;float&gt;</c>) of
    /// the store's width; or, with a model, a text, or a picture's file as <c>DataContent</c>.</param>
    /// <param name="top">How many, 1 or more.</param>
    /// <param name="options">Filter, threshold, how many to pass over.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="ArgumentException">The query is of another width or kind.</exception>
    /// <exception cref="NotSupportedException">The database cannot be asked the filter.</exception>
    public override async IAsyncEnumerable<VectorSearchResult<PictureRecord>> SearchAsync<TInput>(TInput searchValue, int top,
        VectorSearchOptions<PictureRecord>? options = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(top, 1);
        options ??= new VectorSearchOptions<PictureRecord>();
        var query = await RecordVectors.QueryAsync(searchValue, _clip, cancellationToken).ConfigureAwait(false);
        var selection = new PictureSelection(top, options.Skip, (float)(options.ScoreThreshold ?? double.NegativeInfinity));
        IReadOnlyList<FoundPicture> found = [];
        var records = await ReadAsync(options.IncludeVectors, async connection =>
        {
            var model = await RequireAsync(connection, cancellationToken).ConfigureAwait(false);
            RecordVectors.RequireWidth(query, model.Dimension);
            found = await PictureQuery.SearchAsync(connection, _database, query, selection,
                values => ExpressionSql.Of(options.Filter, values, connection), cancellationToken).ConfigureAwait(false);
            return found.Select(picture => (picture.Id, picture.Picture)).ToList();
        }, cancellationToken).ConfigureAwait(false);
        foreach (var (record, picture) in records.Zip(found))
        {
            yield return new VectorSearchResult<PictureRecord>(record, picture.Score);
        }
    }

    /// <inheritdoc/>
    public override object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        return serviceKey is not null ? null
            : serviceType == typeof(VectorStoreCollectionMetadata)
                ? new VectorStoreCollectionMetadata { VectorStoreSystemName = "postgresql", CollectionName = Name }
            : serviceType.IsInstanceOfType(this) ? this : null;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _database.Dispose();
        }

        base.Dispose(disposing);
    }

    private Task<IndexModel?> FindAsync(NpgsqlConnection connection, CancellationToken cancel) =>
        PictureTable.FindAsync(connection, _database, cancel);

    private async Task<IndexModel> RequireAsync(NpgsqlConnection connection, CancellationToken cancel) =>
        _model ??= await FindAsync(connection, cancel).ConfigureAwait(false) ?? throw PostgresFault.Refusal(ClipError.NoInput,
            "There is no store", _database.Address, "no table", "a store", "Call EnsureCollectionExistsAsync first.");

    // One change after the other: whoever comes next sees what this one wrote.
    private async Task<Dictionary<string, IndexedPicture>> TakeAsync(NpgsqlConnection connection, IEnumerable<string> names,
        CancellationToken cancel)
    {
        await PictureTable.LockAsync(connection, _database.Table, cancel).ConfigureAwait(false);
        var taken = await connection.RowsAsync(
            $"delete from {_database.Table.Pictures} where name = any($1) returning {PictureRows.Columns}", PictureRows.Read,
            cancel, SqlCommands.Value(names.ToArray())).ConfigureAwait(false);
        return taken.GroupBy(row => row.Picture.Name, StringComparer.Ordinal)
            .ToDictionary(rows => rows.Key, rows => rows.First().Picture, StringComparer.Ordinal);
    }

    private Task<List<PictureRecord>> ReadAsync(bool withVectors,
        Func<NpgsqlConnection, Task<List<(long Id, IndexedPicture Picture)>>> read, CancellationToken cancel) =>
        _database.UseAsync(async connection =>
        {
            var rows = await read(connection).ConfigureAwait(false);
            var vectors = withVectors ? await PictureQuery.VectorsAsync(connection, _database.Table,
                [.. rows.Select(row => row.Id)], cancel).ConfigureAwait(false) : [];
            return rows.Select(row => PictureRecord.Of(row.Picture,
                vectors.TryGetValue(row.Id, out var halves) ? Singles(halves) : default(ReadOnlyMemory<float>?))).ToList();
        }, cancel);

    private static ReadOnlyMemory<float> Singles(Half[] halves)
    {
        var numbers = new float[halves.Length];
        TensorPrimitives.ConvertToSingle(halves, numbers);
        return numbers;
    }
}
