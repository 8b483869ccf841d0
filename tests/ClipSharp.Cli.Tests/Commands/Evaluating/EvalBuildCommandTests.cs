using System.Text.Json;
using ClipSharp.Cli.Tests.Reports;

namespace ClipSharp.Cli.Tests.Commands.Evaluating;

public sealed class EvalBuildCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_table_has_a_row_a_report_whatever_way_they_are_named()
    {
        var paths = new DrawnReports(_folder).Write();
        Assert.Equal(0, (await Run(_folder["*.json"], "--output", _folder["all.csv"])).Code);
        Assert.Equal(0, (await Run([.. paths.Order(StringComparer.Ordinal), "--output", _folder["same.csv"]])).Code);
        var lines = File.ReadAllLines(_folder["all.csv"]);
        Assert.Equal(paths.Count + 1, lines.Length);
        Assert.Equal(lines, File.ReadAllLines(_folder["same.csv"]));
    }

    [Fact]
    public async Task A_page_is_made_where_the_name_ends_so_and_the_summary_is_JSON()
    {
        var paths = new DrawnReports(_folder).Write();
        var (code, output, _) = await Run([.. paths, "--output", _folder["report.html"], "--json", "--shift", "cifar=cifar-v2"]);
        Assert.Equal(0, code);
        var root = JsonDocument.Parse(output).RootElement;
        Assert.Equal(paths.Count, root.GetProperty("reports").GetInt32());
        Assert.Equal("zeroshot_classification", root.GetProperty("averages")[0].GetProperty("task").GetString());
        Assert.Contains("Robustness to shift", File.ReadAllText(_folder["report.html"]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_bad_file_has_its_line_and_nothing_is_written()
    {
        File.WriteAllText(_folder["a.json"], "{}");
        File.WriteAllText(_folder["b.json"], "no");
        var (code, _, error) = await Run(_folder["a.json"], _folder["b.json"], "--output", _folder["all.csv"]);
        Assert.Equal((int)ClipError.Data, code);
        Assert.Equal(2, error.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Contains("a.json", error, StringComparison.Ordinal);
        Assert.Contains("b.json", error, StringComparison.Ordinal);
        Assert.False(File.Exists(_folder["all.csv"]));
    }

    [Theory]
    [InlineData("all.txt", "a name that ends with .csv or .html")]
    [InlineData("", "a name that ends with .csv or .html")]
    public async Task What_to_make_is_told_by_the_name(string name, string expected)
    {
        var (code, _, error) = await Run("a.json", "--output", _folder[name]);
        Assert.Equal((int)ClipError.Usage, code);
        Assert.Contains(expected, error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_shift_is_two_sets()
    {
        var (code, _, error) = await Run("a.json", "--output", _folder["a.html"], "--shift", "imagenet");
        Assert.Equal((int)ClipError.Usage, code);
        Assert.Contains("usual=shifted", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_of_data_may_be_called_build()
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        await CommandLine.Run(Program.Root(), ["eval", "--model", "none", "--data", "build"], output, error);
        Assert.DoesNotContain("files", error.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("unknown", error.ToString(), StringComparison.Ordinal);
    }

    private static async Task<(int Code, string Output, string Error)> Run(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = await CommandLine.Run(Program.Root(), ["eval", "build", .. arguments], output, error);
        return (code, output.ToString(), error.ToString());
    }
}
