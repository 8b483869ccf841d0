using System.Text.Json;
using ClipSharp.Data.Index;
using ClipSharp.Search.Collections;
using ClipSharp.Search.Segments;
using ClipSharp.Search.Updates;
using Npgsql;

namespace ClipSharp.Search.Postgres;

/// <summary>A store in a database while it is brought up to date: each change is a transaction. Npgsql is used by its
/// asynchronous members, as everywhere here; an update waits for each.</summary>
internal sealed class PostgresWriter : IPictureWriter
{
    private const int LinesOfStatement = 1000;

    private readonly Database _database;
    private readonly NpgsqlConnection _connection;

    private PostgresWriter(Database database, NpgsqlConnection connection, IndexModel? model) =>
        (_database, _connection, Model) = (database, connection, model);

    /// <inheritdoc/>
    public string Where => _database.Address.Shown;

    /// <inheritdoc/>
    public IndexModel? Model { get; private set; }

    private TableNames Table => _database.Table;

    /// <summary>Opens a store for change; its tables need not be there yet.</summary>
    /// <exception cref="ClipException">Another process changes it, or the database refuses.</exception>
    public static PostgresWriter Open(PostgresAddress address)
    {
        var database = new Database(address);
        NpgsqlConnection? connection = null;
        try
        {
            connection = database.OpenAsync(CancellationToken.None).GetAwaiter().GetResult();
            var model = database.GuardAsync(async () =>
            {
                // Of the session: whoever is killed lets go of it.
                if (await connection.ScalarAsync("select pg_try_advisory_lock(hashtextextended('clipsharp ' || $1, 0))",
                    CancellationToken.None, SqlCommands.Value(database.Table.Pictures)).ConfigureAwait(false) is not true)
                {
                    throw PostgresFault.Refusal(ClipError.CannotCreate, "The store cannot be changed", address,
                        "another process that changes it", "one update at a time", "Wait for the other run.");
                }

                return await PictureTable.FindAsync(connection, database, CancellationToken.None).ConfigureAwait(false);
            }).GetAwaiter().GetResult();
            return new PostgresWriter(database, connection, model);
        }
        catch
        {
            connection?.Dispose();
            database.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public IEnumerable<(long Row, IndexedPicture Picture)> Pictures() => Model is null ? [] : Run(() => _connection.RowsAsync(
        $"select {PictureRows.Columns} from {Table.Pictures} order by id", PictureRows.Read, default));

    /// <inheritdoc/>
    public IEnumerable<LeftOutPicture> LeftOut() => Model is null ? [] : Run(() => _connection.RowsAsync(
        $"select place, key, reason, detail, byte_offset, bytes, modified_ticks from {Table.Tried}",
        reader => new LeftOutPicture(reader.GetString(0), reader.GetString(1), Enum.Parse<SkipReason>(reader.GetString(2)),
            reader.GetString(3), reader.GetInt64(4), reader.GetInt64(5), new DateTime(reader.GetInt64(6), DateTimeKind.Utc)),
        default));

    /// <inheritdoc/>
    public IReadOnlyDictionary<long, Half[]> Vectors(IReadOnlyCollection<long> rows) => rows.Count == 0
        ? new Dictionary<long, Half[]>()
        : Run(() => PictureQuery.VectorsAsync(_connection, Table, rows, default));

    /// <inheritdoc/>
    public IReadOnlyList<long> Write(IndexModel model, PictureChange change)
    {
        var rows = Change(async () =>
        {
            if (Model is null)
            {
                await PictureTable.CreateAsync(_connection, _database, model, default).ConfigureAwait(false);
            }

            await PictureTable.LockAsync(_connection, Table, default).ConfigureAwait(false);
            await _connection.ExecuteAsync($"delete from {Table.Pictures} where id = any($1)", default,
                SqlCommands.Value(change.Removed.ToArray())).ConfigureAwait(false);
            await KeepTriedAsync(change.LeftOut).ConfigureAwait(false);
            return await PictureRows.WriteAsync(_connection, _database, change.Added, default).ConfigureAwait(false);
        });
        Model ??= model;
        return rows;
    }

    /// <summary>Keeps the ledger, and builds the graph where it is missing: of rows that are there it takes a fraction of the
    /// time that it takes row by row.</summary>
    public void Finish(IReadOnlyList<SkipReport> leftOut)
    {
        var lines = new List<LeftOutLine>();
        foreach (var report in leftOut)
        {
            report.EachLine(line => lines.Add(JsonSerializer.Deserialize(line, LeftOutJson.Default.LeftOutLine)!));
        }

        Change(async () =>
        {
            await _connection.ExecuteAsync($"delete from {Table.LeftOut}", default).ConfigureAwait(false);
            var number = 0L;
            foreach (var some in lines.Chunk(LinesOfStatement))
            {
                await _connection.ExecuteAsync($"insert into {Table.LeftOut} (number, place, key, reason, detail) "
                    + "select * from unnest($1, $2, $3, $4, $5)", default,
                    SqlCommands.Value(some.Select(_ => number++).ToArray()), Texts(some, line => line.Place),
                    Texts(some, line => line.Key), Texts(some, line => line.Reason), Texts(some, line => line.Detail))
                    .ConfigureAwait(false);
            }

            return number;
        });
        Change(async () =>
        {
            await PictureTable.BuildGraphAsync(_connection, Table, Model!.Dimension, default).ConfigureAwait(false);
            return true;
        });
    }

    /// <summary>Lets other processes change the store.</summary>
    public void Dispose()
    {
        try
        {
            // The server would let go of it some time after the connection's end, too late for who comes next.
            _connection.ScalarAsync("select pg_advisory_unlock(hashtextextended('clipsharp ' || $1, 0))", default,
                SqlCommands.Value(Table.Pictures)).GetAwaiter().GetResult();
        }
        catch (Exception e) when (e is NpgsqlException or InvalidOperationException)
        {
            // It broke off; whatever was wrong has been told.
        }

        _connection.Dispose();
        _database.Dispose();
    }

    private Task<int> KeepTriedAsync(IReadOnlyList<LeftOutPicture> pictures) => pictures.Count == 0 ? Task.FromResult(0)
        : _connection.ExecuteAsync($"""
            insert into {Table.Tried} (place, key, reason, detail, byte_offset, bytes, modified_ticks)
            select * from unnest($1, $2, $3, $4, $5, $6, $7)
            on conflict (place, byte_offset) do update set key = excluded.key, reason = excluded.reason,
                detail = excluded.detail, bytes = excluded.bytes, modified_ticks = excluded.modified_ticks
            """, default,
            Texts(pictures, picture => picture.Place), Texts(pictures, picture => picture.Key),
            Texts(pictures, picture => picture.Reason.ToString()), Texts(pictures, picture => picture.Detail),
            SqlCommands.Value(pictures.Select(picture => picture.Offset).ToArray()),
            SqlCommands.Value(pictures.Select(picture => picture.Length).ToArray()),
            SqlCommands.Value(pictures.Select(picture => picture.Modified.Ticks).ToArray()));

    private static NpgsqlParameter Texts<T>(IEnumerable<T> rows, Func<T, string> read) =>
        SqlCommands.Value(rows.Select(row => read(row)).ToArray());

    private T Run<T>(Func<Task<T>> work) => _database.GuardAsync(work).GetAwaiter().GetResult();

    private T Change<T>(Func<Task<T>> work) => Run(() => Database.ChangeAsync(_connection, work, default));
}
