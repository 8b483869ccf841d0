using System.Text.Json;
using ClipSharp.Testing.Odd;

namespace ClipSharp.Cli.Tests.Commands;

public sealed class DataIndexCommandTests
{
    [Fact]
    public async Task Shards_are_indexed_once_and_again_what_changed_or_was_damaged()
    {
        using var folder = new TemporaryFolder();
        string[] shards = [.. Enumerable.Range(0, 3).Select(number => folder[$"{number}.tar"])];
        foreach (var shard in shards)
        {
            File.WriteAllBytes(shard, OddInputs.MixedTar);
        }

        Assert.Equal((0, 3, 0), await Index(folder));
        Assert.Equal((3, 0, 0), await Index(folder));

        File.SetLastWriteTimeUtc(shards[1], DateTime.UtcNow.AddHours(1));
        var index = Directory.GetFiles(folder["index"], "0.tar.index", SearchOption.AllDirectories).Single();
        var bytes = File.ReadAllBytes(index);
        bytes[170] ^= 1; // a record
        File.WriteAllBytes(index, bytes);
        Assert.Equal((1, 0, 2), await Index(folder));
        Assert.Equal((3, 0, 0), await Index(folder));
    }

    [Fact]
    public async Task The_table_tells_what_was_left_out()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder["mixed.tar"], OddInputs.MixedTar);

        var (code, output, _) = await Run("data", "index", folder["mixed.tar"], "--index-cache", folder["index"]);

        Assert.Equal(0, code);
        Assert.Matches("made +1", output);
        Assert.Contains("samples      5, 5 captions", output, StringComparison.Ordinal);
        Assert.Contains("skipped      2 NoCaption, 1 EmptyPicture", output, StringComparison.Ordinal);
        Assert.Contains("mixed.tar: d", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Shares_of_members_have_an_index_of_their_own_and_stale_ones_are_removed()
    {
        using var folder = new TemporaryFolder();
        var shard = folder["0.tar"];
        File.WriteAllBytes(shard, new TarBuilder().Add("a.jpg", OddInputs.Jpeg)
            .Add("a.json", """{"long": "a long text", "short": "a"}""").Finish());
        string[] plain = ["data", "index", shard, "--index-cache", folder["index"], "--json-text-key", "long;short"];
        string[] shares = [.. plain, "--json-text-key-probs", "0.7", "0.3"];
        Assert.Matches("made +1", (await Run(plain)).Output);
        Assert.Matches("made +1\n(.*\n)*samples +1, 2 captions", (await Run(shares)).Output);
        Assert.Matches("was there +1", (await Run(shares)).Output);
        Assert.Equal(78, (await Run([.. plain, "--json-text-key-probs", "1"])).Code);

        foreach (var file in Directory.GetFiles(folder["index"], "*.index", SearchOption.AllDirectories))
        {
            File.SetLastWriteTimeUtc(file, DateTime.UtcNow.AddDays(-91));
        }

        Assert.Contains("removed      1 stale indexes, ", (await Run([.. shares, "--prune"])).Output, StringComparison.Ordinal);
        Assert.Single(Directory.GetFiles(folder["index"], "*.index", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task Data_of_another_kind_is_refused()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["a.csv"], "filepath,title\n");

        var (code, _, error) = await Run("data", "index", folder["a.csv"]);

        Assert.Equal(64, code);
        Assert.Contains("found csv, expected tar shards", error, StringComparison.Ordinal);
    }

    private static async Task<(int Kept, int Made, int Anew)> Index(TemporaryFolder folder)
    {
        var (code, output, _) = await Run("data", "index", folder["{0..2}.tar"], "--index-cache", folder["index"], "--json");
        Assert.Equal(0, code);
        using var report = JsonDocument.Parse(output);
        Assert.Equal(15, report.RootElement.GetProperty("samples").GetInt64());
        int Number(string name) => report.RootElement.GetProperty(name).GetInt32();
        return (Number("kept"), Number("made"), Number("made_anew"));
    }

    private static async Task<(int Code, string Output, string Error)> Run(params string[] arguments)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        var code = await CommandLine.Run(Program.Root(), arguments, output, error);
        return (code, output.ToString(), error.ToString());
    }
}
