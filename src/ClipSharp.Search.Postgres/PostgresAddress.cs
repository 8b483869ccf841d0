using System.Globalization;
using Npgsql;

namespace ClipSharp.Search.Postgres;

/// <summary>Where pictures lie: <c>postgres://user:password@host:port/database?table=name</c>. The password is in no text of
/// this.</summary>
internal sealed class PostgresAddress
{
    private const string Form = "postgres://USER@HOST/DATABASE";
    private const int UsualEfSearch = 200;
    private const int MostEfSearch = 1000; // pgvector's own limit
    private const int UsualConnections = 20;
    private const int MostConnections = 1000;
    private const int NameBytes = 63 - 10; // what PostgreSQL keeps of a name, without the ends of the other tables
    private const int ConnectSeconds = 10;
    private const int CommandSeconds = 600; // an exact search through millions

    private static readonly string[] Parameters = ["table", "ef_search", "copy", "connections", "sslmode", "sslrootcert", "host"];

    private static readonly Dictionary<string, SslMode> SslModes = new(StringComparer.Ordinal)
    {
        ["disable"] = SslMode.Disable,
        ["allow"] = SslMode.Allow,
        ["prefer"] = SslMode.Prefer,
        ["require"] = SslMode.Require,
        ["verify-ca"] = SslMode.VerifyCA,
        ["verify-full"] = SslMode.VerifyFull,
    };

    private PostgresAddress(NpgsqlConnectionStringBuilder connection, string table)
    {
        ConnectionString = connection.ConnectionString;
        Table = new TableNames(table);
        var user = connection.Username is { } name ? $"{Uri.EscapeDataString(name)}@" : "";
        var host = connection.Host!.Contains(':', StringComparison.Ordinal) ? $"[{connection.Host}]" : connection.Host;
        Shown = $"postgres://{user}{host}:{connection.Port.ToString(CultureInfo.InvariantCulture)}/"
            + $"{Uri.EscapeDataString(connection.Database!)}?table={table}";
    }

    /// <summary>For Npgsql alone: it holds the password.</summary>
    public string ConnectionString { get; }

    /// <summary>The tables.</summary>
    public TableNames Table { get; }

    /// <summary>The address without its password, for people.</summary>
    public string Shown { get; }

    /// <summary>Rows that a search keeps in view on its way through the graph: more find more and take longer.</summary>
    public int EfSearch { get; private init; }

    /// <summary>Whether rows are written by COPY; null = where the server takes it.</summary>
    public bool? Copy { get; private init; }

    /// <summary>Reads an address.</summary>
    /// <exception cref="ClipException">It is none; nothing of it is shown, since it may hold a password.</exception>
    public static PostgresAddress Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        // A second @ stands in a password: what is behind the first is no host then, and must not be shown.
        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || uri.Scheme is not ("postgres" or "postgresql")
            || text.Count(c => c == '@') > 1)
        {
            throw Refusal("the store's address", "no such address", Form,
                "Write special characters in a password as %40 for @ and so on, or leave it to PGPASSWORD.");
        }

        var given = Given(uri.Query);
        var database = Uri.UnescapeDataString(uri.AbsolutePath.TrimStart('/'));
        if (database.Length == 0 || (uri.Host.Length == 0 && !given.ContainsKey("host")))
        {
            throw Refusal("the store's address", database.Length == 0 ? "no database" : "no host", Form, "Name all parts.");
        }

        var connection = new NpgsqlConnectionStringBuilder
        {
            Host = given.GetValueOrDefault("host") ?? uri.DnsSafeHost,
            Port = uri.Port > 0 ? uri.Port : NpgsqlConnection.DefaultPort,
            Database = database,
            Timeout = ConnectSeconds,
            CommandTimeout = CommandSeconds,
            MaxPoolSize = Number(given, "connections", UsualConnections, MostConnections),
            ApplicationName = "clipsharp",
            SslMode = given.TryGetValue("sslmode", out var mode)
                ? SslModes.TryGetValue(mode, out var known) ? known
                    : throw Refusal("sslmode", mode, string.Join(", ", SslModes.Keys), "Choose one.")
                : SslMode.Prefer,
            RootCertificate = given.GetValueOrDefault("sslrootcert"),
        };
        if (uri.UserInfo.Length > 0)
        {
            var user = uri.UserInfo.Split(':', 2);
            connection.Username = Uri.UnescapeDataString(user[0]);
            connection.Password = user.Length > 1 ? Uri.UnescapeDataString(user[1]) : null;
        }

        return new PostgresAddress(connection, TableOf(given))
        {
            EfSearch = Number(given, "ef_search", UsualEfSearch, MostEfSearch),
            Copy = !given.TryGetValue("copy", out var copy) ? null
                : copy is "on" or "off" ? copy == "on"
                : throw Refusal("copy", copy, "on or off", "Leave it out: it is found out."),
        };
    }

    /// <inheritdoc/>
    public override string ToString() => Shown;

    private static Dictionary<string, string> Given(string query)
    {
        var given = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var part in query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var pair = part.Split('=', 2);
            if (!Parameters.Contains(pair[0]) || pair.Length < 2)
            {
                // Its value may be a password.
                throw Refusal("the store's address", $"the parameter {pair[0]}", string.Join(", ", Parameters), "Leave it out.");
            }

            given[pair[0]] = Uri.UnescapeDataString(pair[1]);
        }

        return given;
    }

    private static int Number(Dictionary<string, string> given, string name, int usual, int most) =>
        !given.TryGetValue(name, out var text) ? usual
            : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 && number <= most
                ? number : throw Refusal(name, text, $"1 to {most}", $"Leave it out for {usual}.");

    private static string TableOf(Dictionary<string, string> given)
    {
        var table = given.GetValueOrDefault("table") ?? "clipsharp_pictures";
        var parts = table.Split('.');
        return parts.Length <= 2 && parts.All(part => part.Length > 0 && !part.Contains('\0', StringComparison.Ordinal)
            && System.Text.Encoding.UTF8.GetByteCount(part) <= NameBytes)
            ? table
            : throw Refusal("table", table, $"a name, or a schema and a name, of at most {NameBytes} bytes each",
                "Choose another.");
    }

    private static ClipException Refusal(string where, string found, string expected, string remedy) =>
        new(ClipError.Usage, "The address of the store cannot be read", where, found, expected, remedy);
}
