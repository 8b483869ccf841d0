using ClipSharp.Testing.Stores;
using Npgsql;

namespace ClipSharp.Search.Postgres.Tests;

/// <summary>What can be wrong with a database is told in one line without the password.</summary>
[Collection(Stores.OneAfterTheOther)]
public sealed class PostgresFaultTests
{
    [Theory]
    [InlineData("photos.index")]
    [InlineData("mysql://me:secret@localhost/db")]
    [InlineData("postgres://me:secret@localhost")]
    [InlineData("postgres://me:sec@ret/x@localhost:port/db")]
    [InlineData("postgres://me:secret@localhost/db?tabel=a")]
    [InlineData("postgres://me:secret@localhost/db?password=secret")]
    [InlineData("postgres://me:secret@localhost/db?table=a.b.c")]
    [InlineData("postgres://me:secret@localhost/db?ef_search=0")]
    [InlineData("postgres://me:secret@localhost/db?ef_search=1001")]
    [InlineData("postgres://me:secret@localhost/db?sslmode=maybe")]
    [InlineData("postgres://me:secret@localhost/db?copy=yes")]
    public void An_address_that_cannot_be_read_is_refused_and_not_shown(string address)
    {
        var refusal = Assert.Throws<ClipException>(() => PostgresPictures.Open(address));

        Assert.Equal(ClipError.Usage, refusal.Kind);
        Assert.DoesNotContain("secret", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_address_is_shown_without_its_password()
    {
        var address = PostgresAddress.Parse("postgresql://m%40e:p%2Fw@[::1]:99/my%20photos?table=a.b&ef_search=7&copy=off");

        Assert.Equal("postgres://m%40e@[::1]:99/my%20photos?table=a.b", address.ToString());
        Assert.Equal("\"a\".\"b_model\"", address.Table.Model);
        var connection = new NpgsqlConnectionStringBuilder(address.ConnectionString);
        Assert.Equal(("m@e", "p/w", "::1", "my photos"),
            (connection.Username, connection.Password, connection.Host, connection.Database));
        Assert.Equal((7, false), (address.EfSearch, address.Copy));
        Assert.Equal("\"q\"\"uote\"", PostgresAddress.Parse("postgres://h/d?table=q%22uote").Table.Pictures);
    }

    [Fact]
    public void A_server_that_is_not_there_is_told()
    {
        var refusal = Assert.Throws<ClipException>(() => PostgresPictures.Open("postgres://me:secret@127.0.0.1:1/db"));

        Assert.Equal(ClipError.Unavailable, refusal.Kind);
        Assert.Contains("postgres://me@127.0.0.1:1/db", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", refusal.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void No_store_and_a_table_of_something_else_are_told()
    {
        var address = PostgresServer.NewStore();
        Assert.Equal(ClipError.NoInput, Assert.Throws<ClipException>(() => PostgresPictures.Open(address)).Kind);

        Run(address, table => $"create table {table.Pictures} (a int)");
        try
        {
            var refusal = Assert.Throws<ClipException>(() => PostgresWriter.Open(PostgresAddress.Parse(address)));
            Assert.Equal(ClipError.CannotCreate, refusal.Kind);
            Assert.Contains("nothing is overwritten", refusal.Message, StringComparison.Ordinal);
            Run(address, table => $"create table {table.Model} (b int)");
            refusal = Assert.Throws<ClipException>(() => PostgresPictures.Open(address));
            Assert.True(refusal.Kind == ClipError.Data, refusal.Message);
        }
        finally
        {
            Run(address, table => $"drop table if exists {table.Pictures}, {table.Model}");
        }
    }

    [Fact]
    public void A_wrong_password_a_database_that_is_not_there_and_TLS_are_told()
    {
        Assert.SkipWhen(PostgresServer.IsShared, "PGlite asks for no password, has one database and no TLS.");
        var address = new UriBuilder(PostgresServer.Address("")) { Password = "wr0ng" };
        Told(ClipError.Config, "does not let this user in", address.Uri.ToString());
        address = new UriBuilder(PostgresServer.Address("")) { Path = "/none_of_that_name" };
        Told(ClipError.NoInput, "no such database", address.Uri.ToString());
        Told(ClipError.Unavailable, "certificate is not trusted", PostgresServer.Address("sslmode=verify-full"));

        static void Told(ClipError kind, string words, string address)
        {
            var refusal = Assert.Throws<ClipException>(() => PostgresPictures.Open(address));
            Assert.Contains(words, refusal.Message, StringComparison.Ordinal);
            Assert.Equal(kind, refusal.Kind);
            Assert.DoesNotContain("wr0ng", refusal.ToString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Without_pgvector_and_the_right_to_add_it_nothing_is_made()
    {
        Assert.SkipWhen(PostgresServer.IsShared, "PGlite has one database, with the extension.");
        var (name, admin) = ($"clipsharp_none_{Environment.ProcessId}", PostgresServer.NewStore());
        Run(admin, _ => $"create database {name}");
        Run(admin, _ => $"create role {name} login password 'none'");
        Run(admin, _ => $"grant all on database {name} to {name}");
        try
        {
            var address = new UriBuilder(admin) { Path = name, UserName = name, Password = "none" }.Uri.ToString();
            using var folder = new TemporaryFolder();
            using var clip = new Clip(new FakeEncoder(8), TinyModel.Write(folder["model"]));
            using var collection = new PostgresCollection(address, clip, "model");

            var refusal = Assert.Throws<ClipException>(() =>
                collection.EnsureCollectionExistsAsync(TestContext.Current.CancellationToken).GetAwaiter().GetResult());

            Assert.Equal(ClipError.Unavailable, refusal.Kind);
            Assert.Contains("CREATE EXTENSION vector", refusal.Message, StringComparison.Ordinal);
        }
        finally
        {
            NpgsqlConnection.ClearAllPools();
            Run(admin, _ => $"drop database {name} with (force)");
            Run(admin, _ => $"drop role {name}");
        }
    }

    private static void Run(string address, Func<TableNames, string> sql)
    {
        using var database = new Database(PostgresAddress.Parse(address));
        database.UseAsync(connection => connection.ExecuteAsync(sql(database.Table), CancellationToken.None),
            CancellationToken.None).GetAwaiter().GetResult();
    }
}
