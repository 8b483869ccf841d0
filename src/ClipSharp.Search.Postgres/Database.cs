using Npgsql;

namespace ClipSharp.Search.Postgres;

/// <summary>A database with pgvector: connections to it, faults of it as refusals in one line. Thread-safe.</summary>
internal sealed class Database : IDisposable
{
    private static readonly Version LeastVector = new(0, 8); // halfvec came with 0.7, scans that go on with 0.8
    private static readonly Version SimpleCase = new(17, 0);

    private readonly NpgsqlDataSource _source;
    private bool? _takesCopy;

    /// <param name="address">Where it is; nothing is connected yet.</param>
    public Database(PostgresAddress address)
    {
        Address = address;
        var builder = new NpgsqlDataSourceBuilder(address.ConnectionString);
        builder.UseVector();
        _source = builder.Build();
    }

    /// <summary>Where it is.</summary>
    public PostgresAddress Address { get; }

    /// <summary>Its tables.</summary>
    public TableNames Table => Address.Table;

    /// <summary>SQL for a text in which case does not matter: .NET's upper case where the server has it (from 17 on), else that
    /// of the database's locale, which may know ASCII alone.</summary>
    public static string Folded(string sql, NpgsqlConnection connection) => connection.PostgreSqlVersion >= SimpleCase
        ? $"upper({sql} collate pg_c_utf8)" : $"upper({sql})";

    /// <summary>Opens a connection; the caller disposes it.</summary>
    /// <exception cref="ClipException">The database cannot be reached, or lets nobody in.</exception>
    public Task<NpgsqlConnection> OpenAsync(CancellationToken cancel) =>
        GuardAsync(() => _source.OpenConnectionAsync(cancel).AsTask());

    /// <summary>Uses a connection of its own.</summary>
    /// <exception cref="ClipException">The database refuses or fails.</exception>
    public Task<T> UseAsync<T>(Func<NpgsqlConnection, Task<T>> use, CancellationToken cancel) => GuardAsync(async () =>
    {
        var connection = await _source.OpenConnectionAsync(cancel).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            return await use(connection).ConfigureAwait(false);
        }
    });

    /// <summary>The same in a transaction.</summary>
    public Task<T> ChangeAsync<T>(Func<NpgsqlConnection, Task<T>> change, CancellationToken cancel) =>
        UseAsync(connection => ChangeAsync(connection, () => change(connection), cancel), cancel);

    /// <summary>Does work in a transaction: all of it, or nothing.</summary>
    public static async Task<T> ChangeAsync<T>(NpgsqlConnection connection, Func<Task<T>> work, CancellationToken cancel)
    {
        var transaction = await connection.BeginTransactionAsync(cancel).ConfigureAwait(false);
        await using (transaction.ConfigureAwait(false))
        {
            var made = await work().ConfigureAwait(false);
            await transaction.CommitAsync(cancel).ConfigureAwait(false);
            return made;
        }
    }

    /// <summary>Turns what the database refuses into a sentence.</summary>
    public async Task<T> GuardAsync<T>(Func<Task<T>> work)
    {
        try
        {
            return await work().ConfigureAwait(false);
        }
        catch (Exception e) when (PostgresFault.Of(e, Address) is { } refusal)
        {
            throw refusal;
        }
    }

    /// <summary>Sees to it that the extension is there, new enough and known to the connection.</summary>
    /// <exception cref="ClipException">It is not there and cannot be made, or is too old.</exception>
    public async Task RequireVectorsAsync(NpgsqlConnection connection, bool mayCreate, CancellationToken cancel)
    {
        var version = await VersionAsync().ConfigureAwait(false);
        if (version is null && mayCreate)
        {
            try
            {
                await connection.ExecuteAsync("create extension if not exists vector", cancel).ConfigureAwait(false);
            }
            catch (PostgresException e)
            {
                throw PostgresFault.Refusal(ClipError.Unavailable, "The database has no pgvector", Address, e.MessageText,
                    "the extension vector", "Install pgvector, and as a superuser: CREATE EXTENSION vector", e);
            }

            await connection.ReloadTypesAsync(cancel).ConfigureAwait(false);
            version = await VersionAsync().ConfigureAwait(false);
        }

        if (version is null || !Version.TryParse(version, out var there) || there < LeastVector)
        {
            throw PostgresFault.Refusal(ClipError.Unavailable, "The database has no pgvector that is new enough", Address,
                version ?? "none", $"{LeastVector} or newer", "Update it, and then: ALTER EXTENSION vector UPDATE");
        }

        async Task<string?> VersionAsync() => (string?)await connection.ScalarAsync(
            "select extversion from pg_extension where extname = 'vector'", cancel).ConfigureAwait(false);
    }

    /// <summary>Whether rows can be written by COPY: PGlite, PostgreSQL within another process, breaks off at it.</summary>
    public async Task<bool> TakesCopyAsync(NpgsqlConnection connection, CancellationToken cancel) => Address.Copy
        ?? (_takesCopy ??= (string?)await connection.ScalarAsync("select version()", cancel).ConfigureAwait(false) is { } version
            && !version.Contains("emscripten", StringComparison.OrdinalIgnoreCase)
            && !version.Contains("wasm", StringComparison.OrdinalIgnoreCase)
            && !version.Contains("PGlite", StringComparison.OrdinalIgnoreCase));

    /// <summary>Closes its connections.</summary>
    public void Dispose() => _source.Dispose();
}
