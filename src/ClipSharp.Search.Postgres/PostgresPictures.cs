using System.Numerics.Tensors;
using ClipSharp.Search.Collections;
using ClipSharp.Search.Postgres.Queries;

namespace ClipSharp.Search.Postgres;

/// <summary>Pictures in a database that <c>clipsharp index --store</c> or a <see cref="PostgresCollection"/> filled, searched by
/// pgvector's graph; others may change them meanwhile. Thread-safe.</summary>
public sealed class PostgresPictures : IPictureStore
{
    private readonly Database _database;
    private readonly IndexModel _model;

    private PostgresPictures(Database database, IndexModel model, long count) =>
        (_database, _model, Count) = (database, model, count);

    /// <inheritdoc/>
    public string Model => _model.Name;

    /// <inheritdoc/>
    public string Engine => _model.Engine;

    /// <inheritdoc/>
    public int Dimension => _model.Dimension;

    /// <inheritdoc/>
    public long Count { get; }

    /// <summary>Opens a store.</summary>
    /// <param name="address"><c>postgres://user:password@host:port/database</c>, with <c>?table=</c> a name or schema.name
    /// (<c>clipsharp_pictures</c>), <c>ef_search=</c> 1 to 1000 (200; more finds more and takes longer), <c>sslmode=</c> and
    /// <c>sslrootcert=</c> as PostgreSQL has them. Without a password that of the variable PGPASSWORD.</param>
    /// <exception cref="ClipException">The database cannot be reached (Unavailable) or lets nobody in (Config), or there is no
    /// store (NoInput).</exception>
    public static PostgresPictures Open(string address) => OpenAsync(address).GetAwaiter().GetResult();

    /// <inheritdoc cref="Open"/>
    public static async Task<PostgresPictures> OpenAsync(string address, CancellationToken cancel = default)
    {
        var database = new Database(PostgresAddress.Parse(address));
        try
        {
            return await database.UseAsync(async connection =>
            {
                var model = await PictureTable.FindAsync(connection, database, cancel).ConfigureAwait(false)
                    ?? throw PostgresFault.Refusal(ClipError.NoInput, "There is no store", database.Address, "no table",
                        "tables that clipsharp index made",
                        "Make them with: clipsharp index PICTURES --store ADDRESS --model MODEL");
                var count = await connection.ScalarAsync($"select count(*) from {database.Table.Pictures}", cancel)
                    .ConfigureAwait(false);
                return new PostgresPictures(database, model, (long)count!);
            }, cancel).ConfigureAwait(false);
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void RequireModel(Clip clip)
    {
        ArgumentNullException.ThrowIfNull(clip);
        _model.RequireSameWeights(clip, _database.Address.Shown);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<FoundPicture>> SearchAsync(Embeddings query, PictureSelection selection,
        CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(query);
        ArgumentNullException.ThrowIfNull(selection);
        RecordVectors.RequireWidth(query, Dimension);
        return await _database.UseAsync(connection => PictureQuery.SearchAsync(connection, _database, query, selection,
            values => FilterSql.Of(selection.Filters, values, connection), cancel), cancel).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<FoundPicture>> ListAsync(PictureSelection selection, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(selection);
        var rows = await _database.UseAsync(connection => PictureQuery.ListAsync(connection, _database,
            values => FilterSql.Of(selection.Filters, values, connection), "id", selection.Top, selection.Skip, cancel), cancel)
            .ConfigureAwait(false);
        return [.. rows.Select(row => new FoundPicture(row.Picture, 0) { Id = row.Id })];
    }

    /// <inheritdoc/>
    public async Task<IndexedPicture?> FindAsync(long id, CancellationToken cancel = default)
    {
        var rows = await WhereAsync(values => $"id = {values.Add(id)}", cancel).ConfigureAwait(false);
        return rows.Count == 0 ? null : rows[0].Picture;
    }

    /// <inheritdoc/>
    public async Task<long> IdOfAsync(string name, CancellationToken cancel = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        var full = Path.GetFullPath(name);
        var found = await WhereAsync(values => $"(place = {values.Add(full)} and byte_offset = 0) or key = {values.Add(name)} "
            + $"or name = {values.Add(name)}", cancel).ConfigureAwait(false);
        return found.Count == 1 ? found[0].Id : throw PictureNames.Refusal(name, Count, [.. found.Select(row => row.Picture)]);
    }

    /// <inheritdoc/>
    public async Task<Embeddings?> VectorAsync(long id, CancellationToken cancel = default)
    {
        var found = await _database.UseAsync(connection =>
            PictureQuery.VectorsAsync(connection, _database.Table, [id], cancel), cancel).ConfigureAwait(false);
        if (!found.TryGetValue(id, out var halves))
        {
            return null;
        }

        var numbers = new float[halves.Length];
        TensorPrimitives.ConvertToSingle(halves, numbers);
        return new Embeddings(numbers, numbers.Length);
    }

    /// <summary>Closes the connections.</summary>
    public void Dispose() => _database.Dispose();

    private Task<List<(long Id, IndexedPicture Picture)>> WhereAsync(Func<SqlValues, string> where, CancellationToken cancel) =>
        _database.UseAsync(connection => PictureQuery.ListAsync(connection, _database, where, "id", 2, 0, cancel), cancel);
}
