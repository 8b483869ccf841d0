using System.Text.Json;
using ClipSharp.Cli.Rendering.Terminal;

namespace ClipSharp.Cli.Tests.Commands;

public sealed class SearchCommandTests : IDisposable
{
    private readonly ColourModel _model = new();

    public SearchCommandTests()
    {
        Directory.CreateDirectory(_model.Folder["photos/old"]);
        _model.Picture("photos/r.png", 0);
        _model.Picture("photos/g.png", 1);
        _model.Picture("photos/old/b.png", 2);
        _model.Text("photos/old/b.txt", "the deep sea");
    }

    public void Dispose() => _model.Dispose();

    [Fact]
    public async Task An_index_is_made_brought_up_to_date_and_searched()
    {
        Assert.Equal(0, await Index());
        Assert.Equal("3 images in DIR/photos.index: 3 new, 0 changed, 0 moved, 0 gone, 0 as they were\n", _model.Output);
        _model.Picture("photos/r2.png", 0);
        File.Delete(_model.Folder["photos/g.png"]);
        Assert.Equal(0, await Index("--json"));
        Assert.Equal("""
            {"pictures":3,"new":1,"changed":0,"moved":0,"unchanged":2,"removed":1,"left_out":0}

            """, _model.Output);

        Assert.Equal(0, await Search("something red"));
        Assert.Equal("""

              score  picture

              1.000  DIR/photos/r.png
              1.000  DIR/photos/r2.png
              0.000  DIR/photos/old/b.png


            """, _model.Table);
    }

    [Fact]
    public async Task By_words_by_pictures_by_both_by_one_of_the_index()
    {
        await Index();

        Assert.Equal("DIR/photos/old/b.png\n", await Paths("something blue"));
        Assert.Equal("DIR/photos/old/b.png\n", await Paths(_model.Folder["photos/r.png"], "-", "red", "+", "2:blue"));
        Assert.Equal("DIR/photos/g.png\n", await Paths("--similar-to", "g.png"));
        Assert.Equal("DIR/photos/old/b.png\n", await Paths("red", "--filter", "folder ~ old"));
        Assert.Equal("DIR/photos/old/b.png\n", await Paths("red", "--filter", "caption ~ sea", "--filter", "size < 1MB"));
    }

    [Fact]
    public async Task Json_and_a_page_say_what_was_found()
    {
        await Index();

        Assert.Equal(0, await Search("blue", "--json", "--min-score", "0.5", "--html", _model.Folder["found.html"]));
        var line = JsonDocument.Parse(_model.Output).RootElement;
        Assert.Equal(("DIR/photos/old/b.png", "old/b.png", "the deep sea"), (line.GetProperty("place").GetString(),
            line.GetProperty("key").GetString(), line.GetProperty("caption").GetString()));
        Assert.InRange(line.GetProperty("score").GetDouble(), 0.99, 1.0001);
        var page = File.ReadAllText(_model.Folder["found.html"]);
        Assert.Contains("data:image/png;base64,", page, StringComparison.Ordinal);
        Assert.Contains("the deep sea", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pictures_that_look_alike_are_shown_together()
    {
        File.Copy(_model.Folder["photos/g.png"], _model.Folder["photos/old/copy.png"]);
        await Index();

        Assert.Equal(0, await Search("--duplicates", "1"));

        Assert.Equal("2 alike, 1.000 or more\nDIR/photos/g.png\nDIR/photos/old/copy.png\n\n", _model.Output);
        Assert.Equal("1 group of 2 pictures\n", _model.Error);
    }

    [Fact]
    public async Task A_page_is_opened_in_the_browser_and_where_there_is_none_its_place_is_told()
    {
        await Index();
        var opened = new List<string>();
        _model.Desktop = new Desktop(_ => ":0", info => opened.Add(info.FileName));

        Assert.Equal(0, await Search("red", "--open", "--html", _model.Folder["found.html"]));
        Assert.Equal([_model.Folder["found.html"]], opened);
        Assert.Equal("page: DIR/found.html\n", _model.Error);
        Assert.Equal(0, await Search("red", "--open"));
        Assert.Contains("data:image/png;base64,", File.ReadAllText(opened[1]), StringComparison.Ordinal);
        File.Delete(opened[1]);
        _model.Desktop = new Desktop(_ => ":0", _ => throw new System.ComponentModel.Win32Exception("no browser"));
        Assert.Equal(0, await Search("red", "--open", "--html", _model.Folder["found.html"]));
        Assert.Equal("page, not opened (no browser): DIR/found.html\n", _model.Error);
    }

    [Fact]
    public void Without_a_desktop_nothing_is_started()
    {
        var started = false;
        var desktop = new Desktop(_ => null, _ => started = true);

        Assert.Equal(OperatingSystem.IsLinux() ? "there is no desktop here" : null, desktop.Open("a.html"));
        Assert.Equal(!OperatingSystem.IsLinux(), started);
    }

    [Fact]
    public async Task Vectors_that_embed_wrote_are_indexed_without_a_picture_being_read()
    {
        var vectors = _model.Folder["vectors"];
        await _model.Run("embed", "--images", _model.Folder["photos"], "-o", vectors, "--dtype", "float16");
        var first = await _model.Run("index", vectors, "--index", _model.Folder["photos.index"]);
        var made = _model.Output;
        var second = await _model.Run("index", vectors, "--index", _model.Folder["photos.index"]);

        Assert.Equal((0, 0), (first, second));
        Assert.Equal("3 images in DIR/photos.index: 3 new, 0 changed, 0 moved, 0 gone, 0 as they were\n", made);
        Assert.Equal("3 images in DIR/photos.index: 0 new, 0 changed, 0 moved, 0 gone, 3 as they were\n", _model.Output);
        Assert.Equal("DIR/photos/old/b.png\n", await Paths("something blue", "--filter", "caption ~ sea"));
        Assert.Equal(64, await _model.Run("index", vectors, _model.Folder["photos"], "--index", _model.Folder["photos.index"]));
        Assert.Contains("Index them one after the other", _model.Error, StringComparison.Ordinal);
        TinyModel.Write(_model.Folder["other"], seed: 1);
        _model.Model = "other";
        Assert.Equal(78, await _model.Run("index", vectors, "--index", _model.Folder["new.index"]));
        Assert.Contains("The folder holds vectors of another model", _model.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_graph_is_built_measured_and_searched()
    {
        await Index();
        Assert.Equal(66, await Search("red", "--ann"));
        Assert.Contains("clipsharp index PICTURES --index FOLDER --ann", _model.Error, StringComparison.Ordinal);
        if (await Index("--ann") == 69)
        {
            Assert.Skip("USearch has no build for this machine.");
        }

        Assert.Matches(@"graph: 3 images, 3 added in .* MB\ngraph: finds 100.0 ?% of the 10 best of exact search, by 3 of",
            _model.Error);
        Assert.Equal("DIR/photos/old/b.png\n", await Paths("something blue", "--ann"));
        _model.Picture("photos/b2.png", 2);
        await Index();
        Assert.Contains("graph: of 3 of the images", _model.Error, StringComparison.Ordinal);
        Assert.Equal("DIR/photos/b2.png\n", await Paths("--similar-to", "b2.png", "--ann", "--filter", "name = b2*"));
        Assert.Contains("With --filter all pictures are compared", _model.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_found_is_said_and_no_failure()
    {
        await Index();

        Assert.Equal(0, await Search("red", "--filter", "size > 1GB"));

        Assert.Equal("", _model.Output);
        Assert.StartsWith("Nothing was found", _model.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(64, "Give a query, --similar-to or --duplicates")]
    [InlineData(64, "Give a query, --similar-to or --duplicates", "red", "--duplicates", "0.9")]
    [InlineData(64, "--duplicates shows all groups", "--duplicates", "0.9", "--filter", "size > 1")]
    [InlineData(64, "--duplicates shows all groups", "--duplicates", "0.9", "--ann")]
    [InlineData(64, "The filter cannot be read", "red", "--filter", "colour = red")]
    [InlineData(64, "The query ends before a term", "red", "+")]
    [InlineData(66, "The picture is not in the index", "--similar-to", "z.png")]
    public async Task What_cannot_be_meant_is_refused(int code, string message, params string[] query)
    {
        await Index();

        Assert.Equal(code, await Search(query));

        Assert.Contains(message, _model.Error, StringComparison.Ordinal);
        Assert.Equal("", _model.Output);
    }

    [Fact]
    public async Task Without_an_index_the_command_that_makes_it_is_named()
    {
        Assert.Equal(66, await Search("red"));
        Assert.Contains("Make it with: clipsharp index", _model.Error, StringComparison.Ordinal);
    }

    private Task<int> Index(params string[] more) =>
        _model.Run(["index", _model.Folder["photos"], "--index", _model.Folder["photos.index"], .. more]);

    private Task<int> Search(params string[] query) =>
        _model.Run(["search", .. query, "--index", _model.Folder["photos.index"]]);

    private async Task<string> Paths(params string[] query)
    {
        Assert.Equal(0, await Search([.. query, "-f", "--top", "1"]));
        return _model.Output;
    }
}
