using Npgsql;

namespace ClipSharp.Search.Postgres;

/// <summary>Statements in one line each.</summary>
internal static class SqlCommands
{
    /// <summary>Runs a statement.</summary>
    /// <returns>Rows that it touched.</returns>
    public static async Task<int> ExecuteAsync(this NpgsqlConnection connection, string sql, CancellationToken cancel,
        params NpgsqlParameter[] parameters)
    {
        var command = Command(connection, sql, parameters);
        await using (command.ConfigureAwait(false))
        {
            return await command.ExecuteNonQueryAsync(cancel).ConfigureAwait(false);
        }
    }

    /// <summary>Runs a statement that may take hours.</summary>
    public static async Task ExecuteLongAsync(this NpgsqlConnection connection, string sql, CancellationToken cancel)
    {
        var command = Command(connection, sql, []);
        await using (command.ConfigureAwait(false))
        {
            command.CommandTimeout = 0;
            await command.ExecuteNonQueryAsync(cancel).ConfigureAwait(false);
        }
    }

    /// <summary>The first value of the first row; null where there is none.</summary>
    public static async Task<object?> ScalarAsync(this NpgsqlConnection connection, string sql, CancellationToken cancel,
        params NpgsqlParameter[] parameters)
    {
        var command = Command(connection, sql, parameters);
        await using (command.ConfigureAwait(false))
        {
            return await command.ExecuteScalarAsync(cancel).ConfigureAwait(false) is { } value and not DBNull ? value : null;
        }
    }

    /// <summary>All rows.</summary>
    public static async Task<List<T>> RowsAsync<T>(this NpgsqlConnection connection, string sql, Func<NpgsqlDataReader, T> read,
        CancellationToken cancel, params NpgsqlParameter[] parameters)
    {
        var command = Command(connection, sql, parameters);
        await using (command.ConfigureAwait(false))
        {
            var reader = await command.ExecuteReaderAsync(cancel).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                var rows = new List<T>();
                while (await reader.ReadAsync(cancel).ConfigureAwait(false))
                {
                    rows.Add(read(reader));
                }

                return rows;
            }
        }
    }

    /// <summary>A value of a statement, the next of <c>$1</c>, <c>$2</c> ...</summary>
    public static NpgsqlParameter Value<T>(T value) => value switch
    {
        string text => new NpgsqlParameter<string> { TypedValue = SqlText.Clean(text) },
        string?[] texts => new NpgsqlParameter<string?[]>
        {
            TypedValue = [.. texts.Select(text => text is null ? null : SqlText.Clean(text))],
        },
        _ => new NpgsqlParameter<T> { TypedValue = value },
    };

    private static NpgsqlCommand Command(NpgsqlConnection connection, string sql, NpgsqlParameter[] parameters)
    {
#pragma warning disable CA2100 // all SQL of this package is its own text, quoted names and $1, $2 ...
        var command = new NpgsqlCommand(sql, connection);
#pragma warning restore CA2100
        command.Parameters.AddRange(parameters);
        return command;
    }
}
