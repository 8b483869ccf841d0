using System.Text.RegularExpressions;
using ClipSharp.Cli.Rendering;

namespace ClipSharp.Cli.Tests.Rendering;

public sealed class ResultTableTests
{
    private static readonly Column[] Columns =
        [new(""), new("a photo of a dog", IsNumber: true), new("two children by the water", IsNumber: true), new("found")];

    private static readonly string[][] Rows =
    [
        ["pictures/a-long-name-of-a-picture.jpg", "0.2134", "0.1000",
            "a sentence of some words that is wider than all the others together"],
        ["b.jpg", "0.0001", "100.0%", "日本語の短い文"],
    ];

    [Theory]
    [InlineData(200)]
    [InlineData(100)]
    [InlineData(90)]
    [InlineData(80)]
    [InlineData(60)]
    [InlineData(20)]
    [InlineData(1)]
    [InlineData(0)]
    [InlineData(null)]
    public void No_word_is_lost_or_broken_at_any_width(int? width)
    {
        var text = Write(width, Columns, Rows);
        foreach (var word in Columns.Select(column => column.Title).Concat(Rows.SelectMany(row => row))
            .SelectMany(cell => cell.Split(' ')))
        {
            Assert.Contains(word, text, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(110)]
    [InlineData(100)]
    [InlineData(90)]
    public void A_table_that_fits_by_breaking_lines_is_no_wider_than_its_window(int width) =>
        Assert.All(Write(width, Columns, [Rows[0]]).Split('\n'), line => Assert.InRange(line.Length, 0, width));

    [Fact]
    public void A_terminal_gets_links_and_the_same_text()
    {
        using var writer = new StringWriter();
        var rows = new[] { new[] { "0.5", "trip/a b#1.jpg" }, ["0.4", "c.jpg"] };
        Column[] columns = [new("score", IsNumber: true), new("picture")];

        ResultTable.Write(writer, 80, columns, rows, [.. rows.Select(row => new Uri(Path.GetFullPath(row[1])))]);

        var text = writer.ToString();
        var linked = Regex.Matches(text, @"\x1b]8;[^;]*;(file:[^\x1b]+)\x1b\\([^\x1b]*)\x1b]8;;\x1b\\");
        Assert.Equal("trip/a b#1.jpg", string.Concat(linked
            .Where(link => link.Groups[1].Value.EndsWith("/trip/a%20b%231.jpg", StringComparison.Ordinal))
            .Select(link => link.Groups[2].Value)));
        Assert.Equal(Write(80, columns, rows), Regex.Replace(text, @"\x1b]8;[^\x1b]*\x1b\\", ""));
    }

    [Fact]
    public void Without_a_window_a_row_is_a_line()
    {
        var lines = Write(null, Columns, Rows).Split('\n');
        Assert.Contains(lines, line => line.Contains("name-of-a-picture.jpg", StringComparison.Ordinal)
            && line.EndsWith("all the others together", StringComparison.Ordinal));
        Assert.Equal(lines, Write(0, Columns, Rows).Split('\n'));
    }

    [Fact]
    public void A_window_that_is_too_narrow_for_columns_gets_a_block_of_lines_a_row() => Assert.Equal("""

        pictures/a-long-name-of-a-picture.jpg
          a photo of a dog: 0.2134
          two children by the water: 0.1000
          found: a sentence of some words that is wider than all the others together

        b.jpg
          a photo of a dog: 0.0001
          two children by the water: 100.0%
          found: 日本語の短い文


        """, Write(40, Columns, Rows));

    [Fact]
    public void The_list_of_models_stands_whole_in_80_columns()
    {
        Column[] columns = [new("model"),
            .. new[] { "pixels", "embed", "image M", "text M", "image G", "text G", "learning rate" }
            .Select(title => new Column(title, IsNumber: true))];
        string[] row = ["ViT-L-14-336", "224", "1024", "1000.0", "1000.0", "1000.0", "1000.0", "5.0e-4"];
        var text = Write(80, columns, [row]);
        Assert.All(text.Split('\n'), line => Assert.InRange(line.Length, 0, 80));
        Assert.Contains(text.Split('\n'), line => row.All(cell => line.Contains(cell, StringComparison.Ordinal)));
    }

    private static string Write(int? width, Column[] columns, string[][] rows)
    {
        using var writer = new StringWriter { NewLine = "\n" };
        ResultTable.Write(writer, width, columns, rows);
        return writer.ToString();
    }
}
