using System.Globalization;
using ClipSharp.Evaluation.Registry;

namespace ClipSharp.Evaluation.Tests.Registry;

/// <summary>The tables of docs/datasets.md are what the registry holds; CLIPSHARP_ACCEPT=1 writes them.</summary>
public sealed class DatasetsPageTests
{
    private const string SetsHead = "| set | other names | what it is | task | metric | classes | train | test | chance | get it |";
    private const string CollectionsHead = "| collection | sets |";

    private static string Page => Path.Combine(SharedFiles.Root, "docs", "datasets.md");

    [Fact]
    public void The_page_lists_what_the_registry_holds()
    {
        var page = File.ReadAllText(Page);
        var expected = WithTable(WithTable(page, SetsHead, BenchmarkSets.All.Select(Row)), CollectionsHead,
            BenchmarkSets.Collections.Select(name => $"| `{name}` | {string.Join(", ", BenchmarkSets.Collection(name))} |"));
        if (Environment.GetEnvironmentVariable("CLIPSHARP_ACCEPT") == "1")
        {
            File.WriteAllText(Page, expected);
        }

        Assert.Equal(expected, page);
    }

    [Fact]
    public void Every_metric_and_layout_is_explained()
    {
        var page = File.ReadAllText(Page);
        var words = BenchmarkSets.All.SelectMany(set => new[] { set.Metric, set.Layout, set.Paper?.Metric }).OfType<string>();
        Assert.All(words.Distinct(), word =>
            Assert.Contains($"\n| `{word}` |", page, StringComparison.Ordinal));
    }

    private static string Row(BenchmarkSet set) => "| `" + set.Name + "` | " + string.Join(" | ",
        string.Join(", ", set.Aliases.Select(alias => $"`{alias}`")), set.Title, set.Task, set.Metric, Number(set.Classes),
        Number(set.Train), Number(set.Test), set.Chance?.ToString("0.####", CultureInfo.InvariantCulture) ?? "",
        set.IsOnHub ? $"`{set.Get}`" : $"<{set.Get}>") + " |";

    private static string Number(int? number) => number?.ToString("N0", CultureInfo.InvariantCulture) ?? "";

    // The lines below the head and its rule, up to the first that is no row.
    private static string WithTable(string page, string head, IEnumerable<string> rows)
    {
        var lines = page.Split('\n').ToList();
        var first = lines.IndexOf(head) + 2;
        Assert.True(first > 1, $"docs/datasets.md has no table {head}");
        var count = lines.Skip(first).TakeWhile(line => line.StartsWith('|')).Count();
        lines.RemoveRange(first, count);
        lines.InsertRange(first, rows);
        return string.Join('\n', lines);
    }
}
