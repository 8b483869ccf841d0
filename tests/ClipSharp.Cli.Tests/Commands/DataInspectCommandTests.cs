using System.Text.Json;
using ClipSharp.Testing.Odd;

namespace ClipSharp.Cli.Tests.Commands;

public sealed class DataInspectCommandTests
{
    [Fact]
    public async Task What_is_broken_is_counted_by_reason_and_shown_by_example()
    {
        using var folder = new TemporaryFolder();
        var (code, output, _) = await Run("data", "inspect", Write(folder, "mixed.tar"));

        Assert.Equal(0, code);
        Assert.StartsWith("3 usable samples in 1 file\n", output, StringComparison.Ordinal);
        foreach (var row in new[] { "no caption +2 .*mixed.tar: d", "empty picture +1 .*: c", "truncated picture +1 .*: b",
            "not a picture +1 .*: f" })
        {
            Assert.Matches(row, output);
        }
    }

    [Fact]
    public async Task Json_is_one_line_with_the_same_counts()
    {
        using var folder = new TemporaryFolder();
        var (code, output, _) = await Run("data", "inspect", "--json", Write(folder, "mixed.tar"));

        Assert.Equal(0, code);
        Assert.Equal(output.Length - 1, output.IndexOf('\n'));
        using var report = JsonDocument.Parse(output);
        Assert.Equal(5, report.RootElement.GetProperty("summary").GetProperty("samples").GetInt32());
        Assert.Equal(3, report.RootElement.GetProperty("usable_samples").GetInt32());
        Assert.Equal("no caption 2, empty picture 1, truncated picture 1, not a picture 1", string.Join(", ", report.RootElement
            .GetProperty("left_out").EnumerateObject().Select(reason => $"{reason.Name} {reason.Value.GetInt32()}")));
    }

    [Fact]
    public async Task A_folder_adds_up_and_a_table_is_read_from_where_one_types()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder["photos/@eaDir"]);
        foreach (var name in new[] { "photos/a.jpg", "photos/no_ending", "photos/@eaDir/thumb.jpg" })
        {
            File.WriteAllBytes(folder[name], OddInputs.Jpeg);
        }

        File.WriteAllText(folder["photos/a.txt"], "one\ntwo\n");
        File.WriteAllText(folder["photos/no_ending.txt"], "three");
        var (code, output, _) = await Run("data", "inspect", folder["photos"]);
        Assert.Equal(0, code);
        Assert.StartsWith("2 usable samples", output, StringComparison.Ordinal);
        Assert.Contains("1.0 captions a picture", output, StringComparison.Ordinal);
        Assert.Matches("system folder +1 ", output);

        (_, output, _) = await Run("data", "inspect", folder["photos"], "--caption-lines");
        Assert.Contains("1.5 captions a picture", output, StringComparison.Ordinal);

        File.WriteAllText(folder["t.csv"], "filepath,title\nphotos\\a.jpg,\"one\nphotos/no_ending,two\n");
        (code, output, _) = await Run("data", "inspect", folder["t.csv"]);
        Assert.Equal(0, code);
        Assert.Contains("back-slashes were read as slashes in 1 path", output, StringComparison.Ordinal);
        Assert.Contains("quote that is never closed", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Data_without_a_usable_sample_is_bad_data()
    {
        using var folder = new TemporaryFolder();
        var (code, _, error) = await Run("data", "inspect", Write(folder, "interleaved.tar"));

        Assert.Equal(65, code);
        Assert.Contains("2 NoCaption, 2 NoPicture", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_sheet_is_one_page_that_loads_nothing_else()
    {
        using var folder = new TemporaryFolder();
        var (code, _, _) = await Run("data", "inspect", SharedFiles.Data("flickr8k/val_aspect"), "--sheet", folder["sheet.html"],
            "--sheet-samples", "7", "--caption-lines");

        Assert.Equal(0, code);
        var page = await File.ReadAllTextAsync(folder["sheet.html"], TestContext.Current.CancellationToken);
        Assert.Equal(7, page.Split("<img alt=\"\" src=\"data:image/png;base64,").Length - 1);
        Assert.Equal(35, page.Split("<li>").Length - 1);
        Assert.DoesNotContain("http:", page, StringComparison.Ordinal);
    }

    private static string Write(TemporaryFolder folder, string tar)
    {
        File.WriteAllBytes(folder[tar], OddInputs.Bytes("tars/" + tar));
        return folder[tar];
    }

    private static async Task<(int Code, string Output, string Error)> Run(params string[] arguments)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        var code = await CommandLine.Run(Program.Root(), arguments, output, error);
        return (code, output.ToString(), error.ToString());
    }
}
