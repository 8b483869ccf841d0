using System.Net.Sockets;
using System.Security.Authentication;
using Npgsql;

namespace ClipSharp.Search.Postgres;

/// <summary>What a database or the way to it can refuse, in one line each. The address in it has no password, and the values of
/// a statement are not told.</summary>
internal static class PostgresFault
{
    /// <summary>A refusal for people, or null where the fault is not the database's.</summary>
    public static ClipException? Of(Exception fault, PostgresAddress address) => fault switch
    {
        PostgresException refused => OfServer(refused, address),
        NpgsqlException { InnerException: SocketException or TimeoutException } unreachable => Refusal(ClipError.Unavailable,
            "The database cannot be reached", address, unreachable.InnerException!.Message, "a PostgreSQL server that answers",
            "Look whether it runs, and at host and port.", fault),
        NpgsqlException { InnerException: AuthenticationException } untrusted => Refusal(ClipError.Unavailable,
            "The database's certificate is not trusted", address, untrusted.InnerException!.Message,
            "one that this machine trusts", "Name its issuer with sslrootcert=FILE, or choose another sslmode.", fault),
        NpgsqlException e when e.Message.Contains("SSL", StringComparison.Ordinal) => Refusal(ClipError.Unavailable,
            "The database and this program do not agree on TLS", address, e.Message, "both with TLS or both without",
            "Choose sslmode=disable for a server without it.", fault),
        NpgsqlException e when e.Message.Contains("password", StringComparison.OrdinalIgnoreCase) => Refusal(ClipError.Config,
            "The database asks for a password", address, "none", "that of the user",
            "Give it in the variable PGPASSWORD, or in the address.", fault),
        NpgsqlException e => Refusal(ClipError.InputOutput, "The database broke off", address, e.Message, "an answer",
            "Run it again: what was done stays.", fault),
        _ => null,
    };

    /// <summary>A refusal about the store of an address.</summary>
    public static ClipException Refusal(ClipError kind, string what, PostgresAddress address, string found, string expected,
        string remedy, Exception? inner = null) => new(kind, what, address.Shown, found, expected, remedy, inner);

    private static ClipException OfServer(PostgresException refused, PostgresAddress address) => refused.SqlState switch
    {
        PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification => Refusal(ClipError.Config,
            "The database does not let this user in", address, refused.MessageText, "the user's password",
            "Give it in the variable PGPASSWORD, or in the address.", refused),
        PostgresErrorCodes.InvalidCatalogName => Refusal(ClipError.NoInput, "There is no such database", address,
            refused.MessageText, "a database of this server", "Make it with: createdb NAME", refused),
        PostgresErrorCodes.InvalidSchemaName => Refusal(ClipError.NoInput, "There is no such schema", address,
            refused.MessageText, "a schema of this database", "Make it with: CREATE SCHEMA", refused),
        PostgresErrorCodes.InsufficientPrivilege => Refusal(ClipError.CannotCreate, "The database does not allow it", address,
            refused.MessageText, "a user who may", "Ask its owner for the right, or use another user.", refused),
        PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.UndefinedColumn or PostgresErrorCodes.WrongObjectType =>
            Refusal(ClipError.Data, "The tables are not those of a store", address, refused.MessageText,
                "tables as index --store makes them", "Choose another table, or make the store anew.", refused),
        PostgresErrorCodes.UniqueViolation or PostgresErrorCodes.DeadlockDetected => Refusal(ClipError.CannotCreate,
            "Another process changed the store meanwhile", address, refused.MessageText, "one update at a time",
            "Run it again.", refused),
        PostgresErrorCodes.TooManyConnections or PostgresErrorCodes.CannotConnectNow => Refusal(ClipError.Unavailable,
            "The database takes no connection now", address, refused.MessageText, "a place for one more", "Try again.", refused),
        _ => Refusal(ClipError.InputOutput, "The database failed", address, $"{refused.MessageText} ({refused.SqlState})",
            "an answer", "Look at the server's log; run it again: what was done stays.", refused),
    };
}
