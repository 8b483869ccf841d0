using ClipSharp.Data.S3;

namespace ClipSharp.Cli.Tests.Commands;

/// <summary>The commands take shards from a web server, from S3 and from commands as those of the disk.</summary>
public sealed class ShardPlacesTests : IDisposable
{
    private readonly ColourModel _model = new();
    private readonly ShardServer _web = new();
    private readonly byte[] _shard;

    public ShardPlacesTests()
    {
        S3Store.Add();
        var tar = new TarBuilder();
        for (var i = 0; i < 6; i++)
        {
            tar.Add($"{i}.png", ColourPictures.Png(i % 3, i)).Add($"{i}.txt", $"a {ColourPictures.Names[i % 3]}")
                .Add($"{i}.cls", $"{i % 3}");
        }

        _shard = tar.Finish();
        _web.Files["/test/0.tar"] = _web.Files["/test/1.tar"] = _shard;
        _model.Text("names.txt", string.Join('\n', ColourPictures.Names));
    }

    public void Dispose()
    {
        _web.Dispose();
        _model.Dispose();
    }

    private string Web => $"{_web.Address}test/{{0,1}}.tar";

    private string[] Cache => ["--shard-cache", _model.Folder["cache"]];

    [Fact]
    public async Task Inspect_embed_eval_and_index_take_them()
    {
        Assert.Equal((0, true), await Inspected(Web));
        Assert.Equal(0, await _model.Run(["embed", "--images", Web, "-o", _model.Folder["vectors"], .. Cache]));
        Assert.StartsWith("12 images", _model.Output, StringComparison.Ordinal);
        Assert.Equal(0, await _model.Run(["eval", "--data", Web, "--task", "zeroshot", "--classnames", _model.Folder["names.txt"],
            "--json", .. Cache]));
        Assert.Contains("\"acc1\":1", _model.Output.Replace(" ", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Equal(0, await _model.Run(["index", Web, "--index", _model.Folder["index"], .. Cache]));
        Assert.Equal(0, await _model.Run(["index", Web, "--index", _model.Folder["index"], .. Cache]));

        string[] index = ["data", "index", Web, "--index-cache", _model.Folder["shard-indexes"], "--json", .. Cache];
        Assert.Equal((0, true), await Typed(said: "\"made\":2", index)); // from the cache
        Assert.Equal((0, true), await Typed(said: "\"kept\":2", index));

        Assert.All(Enumerable.Range(0, 2), i => Assert.Equal(1, _web.Begun($"/test/{i}.tar")));
    }

    [Fact]
    public async Task An_index_is_made_of_what_is_fetched_for_it()
    {
        string[] index = ["data", "index", Web, "--index-cache", _model.Folder["shard-indexes"], .. Cache];
        var bytes = (2 * _shard.Length).ToString("N0", System.Globalization.CultureInfo.InvariantCulture);
        Assert.Equal((0, true), await Typed(said: $"fetched      2 shards, {bytes} bytes, into the cache of shards", index));
        Assert.Equal((0, false), await Typed(said: "fetched ", index));
    }

    [Fact]
    public async Task A_command_is_run_where_it_was_typed_and_nowhere_else()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The commands are those of a Unix shell.");
        using (var file = File.Create(_model.Folder["0.tar"]))
        {
            file.Write(_shard);
        }

        var mark = _model.Folder["mark"];
        var command = $"pipe:touch {mark}; cat {_model.Folder["0.tar"]}";
        _model.Text("recipe.json", $$"""{ "train_data": "{{command}}", "model": "ViT-Tiny-64", "epochs": 1, "batch_size": 4 }""");

        var (code, said) = await Typed(said: "typed here", "train", "--recipe", _model.Folder["recipe.json"], "--logs",
            _model.Folder["logs"]);
        Assert.Equal((64, true), (code, said));
        Assert.False(File.Exists(mark));

        Assert.Equal((0, true), await Inspected(command));
        Assert.True(File.Exists(mark));
    }

    [Theory]
    [InlineData("--shard-cache-gigabytes", "0")]
    [InlineData("--shard-cache-gigabytes", "-1")]
    public async Task A_cache_without_room_is_refused(string flag, string value) => Assert.Equal((64, true),
        await Typed(said: "--shard-cache-gigabytes is above 0", "data", "inspect", Web, flag, value));

    private Task<(int Code, bool Said)> Inspected(string place) =>
        Typed(said: "\"usable_samples\"", ["data", "inspect", place, "--json", .. Cache]);

    private static async Task<(int Code, bool Said)> Typed(string said, params string[] arguments)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var errors = new StringWriter { NewLine = "\n" };
        var code = await CommandLine.Run(Program.Root(), arguments, output, errors);
        return (code, $"{output}{errors}".Contains(said, StringComparison.Ordinal));
    }
}
