using System.Net;
using System.Text;
using ClipSharp.Cli.Tests.Serving;
using ClipSharp.Testing.Stores;

namespace ClipSharp.Cli.Tests.Commands;

/// <summary><c>--store</c>: index, search and serve with a database in place of a folder.</summary>
public sealed class StoreCommandTests : IDisposable
{
    private readonly ColourModel _model = new();

    public StoreCommandTests()
    {
        Directory.CreateDirectory(_model.Folder["photos"]);
        _model.Picture("photos/r.png", 0);
        _model.Picture("photos/g.png", 1);
        _model.Picture("photos/b.png", 2);
        _model.Text("photos/b.txt", "the deep sea");
    }

    private static CancellationToken Now => TestContext.Current.CancellationToken;

    public void Dispose() => _model.Dispose();

    [Fact]
    public async Task A_database_is_filled_brought_up_to_date_and_searched_as_a_folder_is()
    {
        var store = PostgresServer.NewStore();
        Assert.Equal(0, await _model.Run("index", _model.Folder["photos"], "--store", store, "--json"));
        Assert.Contains("\"pictures\":3,\"new\":3", _model.Output, StringComparison.Ordinal);
        _model.Picture("photos/r2.png", 0);
        File.Delete(_model.Folder["photos/g.png"]);
        Assert.Equal(0, await _model.Run("index", _model.Folder["photos"], "--store", store, "--json"));
        Assert.Equal("""
            {"pictures":3,"new":1,"changed":0,"moved":0,"unchanged":2,"removed":1,"left_out":0}

            """, _model.Output);

        Assert.Equal("DIR/photos/b.png\n", await Paths(store, "something blue"));
        Assert.Equal("DIR/photos/r.png\n", await Paths(store, "blue", "-", "2:blue", "+", "red"));
        Assert.Equal("DIR/photos/b.png\n", await Paths(store, "red", "--filter", "caption ~ sea"));
        Assert.Equal("DIR/photos/b.png\n", await Paths(store, "--similar-to", "b.png"));
    }

    [Fact]
    public async Task What_only_a_folder_has_is_refused_with_a_hint_and_no_password_is_shown()
    {
        const string store = "postgres://me:secret@127.0.0.1:1/photos";
        await Refused(64, "--duplicates compares all pictures", "search", "--duplicates", "1", "--store", store);
        await Refused(64, "--ann goes with --index", "search", "red", "--ann", "--store", store);
        await Refused(64, "--compact and --ann go with --index", "index", _model.Folder["photos"], "--ann", "--store", store);
        await Refused(64, "not both", "search", "red", "--index", "a", "--store", store);
        await Refused(69, "127.0.0.1:1", "search", "red", "--store", store);
        await Refused(69, "127.0.0.1:1", "index", _model.Folder["photos"], "--store", store);
    }

    [Fact]
    public async Task A_server_searches_a_database_and_shows_its_pictures()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The commands are run by a shell of Unix.");
        var store = PostgresServer.NewStore();
        TinyModel.Write(_model.Folder["tiny"]);
        using var shell = new TypedCommands(_model.Folder, "photos");
        var (code, said) = shell.Run($"index . --store '{store}' --model ../tiny");
        Assert.True(code == 0, said);
        using var server = await ServeProcess.StartAsync(_model.Folder["photos"], $"--store {store}");
        Assert.StartsWith("ready: ", await server.ReadyAsync(), StringComparison.Ordinal);
        using var body = new StringContent("""{"text": "a red circle", "top": 2}""", Encoding.UTF8, "application/json");
        using var found = await server.Client.PostAsync(new Uri("v1/search", UriKind.Relative), body, Now);
        var text = await found.Content.ReadAsStringAsync(Now);
        Assert.True(found.StatusCode == HttpStatusCode.OK, text);
        var id = System.Text.Json.JsonDocument.Parse(text).RootElement.GetProperty("results")[0].GetProperty("id").GetInt64();
        using var image = await server.Client.GetAsync(new Uri($"v1/pictures/{id}/image", UriKind.Relative), Now);
        Assert.Equal("image/png", image.Content.Headers.ContentType?.MediaType);
    }

    private async Task<string> Paths(string store, params string[] query)
    {
        Assert.Equal(0, await _model.Run(["search", .. query, "--store", store, "-f", "--top", "1"]));
        return _model.Output;
    }

    private async Task Refused(int code, string words, params string[] arguments)
    {
        Assert.Equal(code, await _model.Run(arguments));
        Assert.Contains(words, _model.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", _model.Error, StringComparison.Ordinal);
    }
}
