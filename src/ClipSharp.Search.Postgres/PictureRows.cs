using ClipSharp.Search.Collections;
using ClipSharp.Search.Queries;
using ClipSharp.Search.Updates;
using Npgsql;
using NpgsqlTypes;
using Pgvector;

namespace ClipSharp.Search.Postgres;

/// <summary>Pictures as rows of the table.</summary>
internal static class PictureRows
{
    /// <summary>What <see cref="Read"/> reads.</summary>
    public const string Columns = "id, place, key, byte_offset, bytes, modified_ticks, hash, source, caption";

    private const string Written = "id, place, key, byte_offset, bytes, modified_ticks, hash, source, caption, name, folder, "
        + "file, embedding";

    private const int RowsOfStatement = 256;

    /// <summary>A row that begins with <see cref="Columns"/>.</summary>
    public static (long Id, IndexedPicture Picture) Read(NpgsqlDataReader reader) => (reader.GetInt64(0),
        new IndexedPicture(reader.GetString(1), reader.GetString(2))
        {
            Offset = reader.GetInt64(3),
            Length = reader.GetInt64(4),
            Modified = new DateTime(reader.GetInt64(5), DateTimeKind.Utc),
            Hash = reader.GetString(6),
            Source = reader.GetString(7),
            Caption = reader.IsDBNull(8) ? null : reader.GetString(8),
        });

    /// <summary>Writes rows with ids that are drawn for them, within the caller's transaction.</summary>
    /// <returns>The ids, in the order of the pictures.</returns>
    public static async Task<IReadOnlyList<long>> WriteAsync(NpgsqlConnection connection, Database database,
        IReadOnlyList<NewPicture> pictures, CancellationToken cancel)
    {
        if (pictures.Count == 0)
        {
            return [];
        }

        var ids = await connection.RowsAsync(
            "select nextval(pg_get_serial_sequence($1, 'id')) from generate_series(1, $2)", reader => reader.GetInt64(0), cancel,
            SqlCommands.Value(database.Table.Pictures), SqlCommands.Value(pictures.Count)).ConfigureAwait(false);
        if (await database.TakesCopyAsync(connection, cancel).ConfigureAwait(false))
        {
            await CopyAsync(connection, database.Table, ids, pictures, cancel).ConfigureAwait(false);
            return ids;
        }

        for (var first = 0; first < pictures.Count; first += RowsOfStatement)
        {
            await InsertAsync(connection, database.Table, [.. ids.Skip(first).Take(RowsOfStatement)],
                [.. pictures.Skip(first).Take(RowsOfStatement)], cancel).ConfigureAwait(false);
        }

        return ids;
    }

    private static async Task CopyAsync(NpgsqlConnection connection, TableNames table, IReadOnlyList<long> ids,
        IReadOnlyList<NewPicture> pictures, CancellationToken cancel)
    {
        var writer = await connection.BeginBinaryImportAsync($"copy {table.Pictures} ({Written}) from stdin (format binary)",
            cancel).ConfigureAwait(false);
        await using (writer.ConfigureAwait(false))
        {
            foreach (var (id, (picture, vector)) in ids.Zip(pictures))
            {
                await writer.StartRowAsync(cancel).ConfigureAwait(false);
                await writer.WriteAsync(id, NpgsqlDbType.Bigint, cancel).ConfigureAwait(false);
                await Text(picture.Place).ConfigureAwait(false);
                await Text(picture.Key).ConfigureAwait(false);
                await writer.WriteAsync(picture.Offset, NpgsqlDbType.Bigint, cancel).ConfigureAwait(false);
                await writer.WriteAsync(picture.Length, NpgsqlDbType.Bigint, cancel).ConfigureAwait(false);
                await writer.WriteAsync(picture.Modified.Ticks, NpgsqlDbType.Bigint, cancel).ConfigureAwait(false);
                await Text(picture.Hash).ConfigureAwait(false);
                await Text(picture.Source).ConfigureAwait(false);
                await Text(picture.Caption).ConfigureAwait(false);
                await Text(picture.Name).ConfigureAwait(false);
                await Text(PictureFilter.TextOf(PictureColumn.Folder, picture)).ConfigureAwait(false);
                await Text(PictureFilter.TextOf(PictureColumn.Name, picture)).ConfigureAwait(false);
                await writer.WriteAsync(new HalfVector(vector), cancel).ConfigureAwait(false);
            }

            await writer.CompleteAsync(cancel).ConfigureAwait(false);

            Task Text(string? text) => text is null ? writer.WriteNullAsync(cancel)
                : writer.WriteAsync(SqlText.Clean(text), NpgsqlDbType.Text, cancel);
        }
    }

    private static Task<int> InsertAsync(NpgsqlConnection connection, TableNames table, IReadOnlyList<long> ids,
        IReadOnlyList<NewPicture> pictures, CancellationToken cancel)
    {
        return connection.ExecuteAsync($"insert into {table.Pictures} ({Written}) "
            + "select * from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)", cancel,
            SqlCommands.Value(ids.ToArray()), Texts(picture => picture.Place), Texts(picture => picture.Key),
            Numbers(picture => picture.Offset), Numbers(picture => picture.Length), Numbers(picture => picture.Modified.Ticks),
            Texts(picture => picture.Hash), Texts(picture => picture.Source), Texts(picture => picture.Caption),
            Texts(picture => picture.Name), Texts(picture => PictureFilter.TextOf(PictureColumn.Folder, picture)),
            Texts(picture => PictureFilter.TextOf(PictureColumn.Name, picture)),
            SqlCommands.Value(pictures.Select(row => new HalfVector(row.Vector)).ToArray()));

        NpgsqlParameter Texts(Func<IndexedPicture, string?> read) =>
            SqlCommands.Value(pictures.Select(row => read(row.Picture)).ToArray());

        NpgsqlParameter Numbers(Func<IndexedPicture, long> read) =>
            SqlCommands.Value(pictures.Select(row => read(row.Picture)).ToArray());
    }
}
