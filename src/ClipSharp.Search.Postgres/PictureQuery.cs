using System.Globalization;
using System.Numerics.Tensors;
using ClipSharp.Search.Collections;
using ClipSharp.Search.Postgres.Queries;
using Npgsql;
using Pgvector;

namespace ClipSharp.Search.Postgres;

/// <summary>Searches by vector and reads of rows.</summary>
internal static class PictureQuery
{
    /// <summary>The pictures of highest product with a query, best first.</summary>
    /// <param name="connection">Where.</param>
    /// <param name="database">What.</param>
    /// <param name="query">[1, E].</param>
    /// <param name="selection">How many; its filters do not matter here.</param>
    /// <param name="where">The condition in SQL, with its values.</param>
    /// <param name="cancel">Stops it.</param>
    public static async Task<List<FoundPicture>> SearchAsync(NpgsqlConnection connection, Database database, Embeddings query,
        PictureSelection selection, Func<SqlValues, string> where, CancellationToken cancel)
    {
        var found = await SearchAsync(connection, database, query, selection, where, isExact: false, cancel)
            .ConfigureAwait(false);

        // The graph gives up after so many rows that a filter refuses; who asks for more than there is pays for a look at all.
        if (found.Count < selection.Top)
        {
            found = await SearchAsync(connection, database, query, selection, where, isExact: true, cancel)
                .ConfigureAwait(false);
        }

        return [.. found.TakeWhile(picture => picture.Score >= selection.Least)];
    }

    /// <summary>Rows in an order that is no vector's.</summary>
    public static Task<List<(long Id, IndexedPicture Picture)>> ListAsync(NpgsqlConnection connection, Database database,
        Func<SqlValues, string> where, string order, int top, int skip, CancellationToken cancel)
    {
        var values = new SqlValues();
        var sql = $"select {PictureRows.Columns} from {database.Table.Pictures} where {where(values)} order by {order} "
            + $"limit {values.Add(top)} offset {values.Add(skip)}";
        return connection.RowsAsync(sql, PictureRows.Read, cancel, values.All);
    }

    /// <summary>The vectors of rows by id; those that are not there are absent.</summary>
    public static async Task<Dictionary<long, Half[]>> VectorsAsync(NpgsqlConnection connection, TableNames table,
        IReadOnlyCollection<long> ids, CancellationToken cancel)
    {
        var rows = await connection.RowsAsync($"select id, embedding from {table.Pictures} where id = any($1)",
            reader => (Id: reader.GetInt64(0), Vector: reader.GetFieldValue<HalfVector>(1)), cancel,
            SqlCommands.Value(ids.ToArray())).ConfigureAwait(false);
        return rows.ToDictionary(row => row.Id, row => row.Vector.ToArray());
    }

    // One way to the server and back: settings of a batch without a transaction hold for the batch.
    private static async Task<List<FoundPicture>> SearchAsync(NpgsqlConnection connection, Database database, Embeddings query,
        PictureSelection selection, Func<SqlValues, string> where, bool isExact, CancellationToken cancel)
    {
        var norm = TensorPrimitives.Norm(query.Row(0));
        var values = new SqlValues();
        var vector = values.Add(Halves(query.Row(0), norm));
        var (top, skip) = ((long)selection.Top, (long)selection.Skip);

        // The graph knows the product alone: equal ones are put in the order of their ids behind it.
        var best = $"select {PictureRows.Columns}, -(embedding <#> {vector}) as product from {database.Table.Pictures} "
            + $"where {where(values)} order by embedding <#> {vector}{(isExact ? ", id" : "")} limit {values.Add(top + skip)}";
        var sql = $"select {PictureRows.Columns}, product from ({best}) best order by product desc, id offset {values.Add(skip)}";
        var batch = new NpgsqlBatch(connection);
        await using (batch.ConfigureAwait(false))
        {
            foreach (var (name, value) in Settings(database.Address, isExact))
            {
                batch.BatchCommands.Add(new NpgsqlBatchCommand("select set_config($1, $2, true)")
                {
                    Parameters = { SqlCommands.Value(name), SqlCommands.Value(value) },
                });
            }

#pragma warning disable CA2100 // its own text, quoted names and $1, $2 ...
            var command = new NpgsqlBatchCommand(sql);
#pragma warning restore CA2100
            command.Parameters.AddRange(values.All);
            batch.BatchCommands.Add(command);
            var reader = await batch.ExecuteReaderAsync(cancel).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                for (var setting = 0; setting < batch.BatchCommands.Count - 1; setting++)
                {
                    await reader.NextResultAsync(cancel).ConfigureAwait(false);
                }

                var found = new List<FoundPicture>();
                while (await reader.ReadAsync(cancel).ConfigureAwait(false))
                {
                    var (id, picture) = PictureRows.Read(reader);
                    found.Add(new FoundPicture(picture, (float)reader.GetDouble(9) * norm) { Id = id });
                }

                return found;
            }
        }
    }

    // With a strict order a page goes on exactly where the one before ended.
    private static (string Name, string Value)[] Settings(PostgresAddress address, bool isExact) => isExact
        ? [("enable_indexscan", "off")]
        : [("hnsw.ef_search", address.EfSearch.ToString(CultureInfo.InvariantCulture)), ("hnsw.iterative_scan", "strict_order")];

    // At unit length: halves end at 65,504, and a query is a sum of weighted terms.
    private static HalfVector Halves(ReadOnlySpan<float> query, float norm)
    {
        var unit = query.ToArray();
        if (norm > 0)
        {
            TensorPrimitives.Divide(unit, norm, unit);
        }

        var halves = new Half[unit.Length];
        TensorPrimitives.ConvertToHalf(unit, halves);
        return new HalfVector(halves);
    }
}
