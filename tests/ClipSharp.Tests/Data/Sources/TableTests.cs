using ClipSharp.Data;
using ClipSharp.Data.Index;

namespace ClipSharp.Tests.Data.Sources;

/// <summary>Whatever a table holds, each of its rows is a caption, or counted, or remarked.</summary>
public sealed class TableTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public TableTests()
    {
        foreach (var name in new[] { "a.jpg", "b.jpg", "c.jpg" })
        {
            _folder.Write("p/" + name, name);
        }
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_picture_is_one_sample_wherever_its_rows_stand()
    {
        var index = Read("p/a.jpg,first\np/b.jpg,other\np/a.jpg,second\np/b.jpg,another\np/a.jpg,third\n");

        Assert.Equal(["p/a.jpg", "p/b.jpg"], Keys(index)); // in the order in which they are met first
        Assert.Equal(["first", "second", "third"], index.Captions(0));
        Assert.Equal(["other", "another"], index.Captions(1));
    }

    [Fact]
    public void One_picture_named_in_two_ways_is_one_sample()
    {
        var index = Read("p/a.jpg,first\n./p/a.jpg,second\np\\a.jpg,third\n");

        Assert.Equal(1, index.Count);
        Assert.Equal(["first", "second", "third"], index.Captions(0));
    }

    [Fact]
    public void Any_order_of_rows_gives_every_picture_the_same_captions()
    {
        var rows = Enumerable.Range(0, 300).Select(i => $"p/{"abc"[i % 3]}.jpg,caption {i}\n").ToArray();
        var sorted = Read(string.Concat(rows));
        var random = new RandomStream(1, RandomPurpose.SampleOrder);
        for (var i = rows.Length - 1; i > 0; i--)
        {
            var other = random.NextInt32(i + 1);
            (rows[i], rows[other]) = (rows[other], rows[i]);
        }

        var shuffled = Read(string.Concat(rows));

        Assert.Equal(3, shuffled.Count);
        for (var sample = 0; sample < 3; sample++)
        {
            var same = Enumerable.Range(0, 3).Single(i => shuffled.Key(i) == sorted.Key(sample));
            Assert.Equal(sorted.Captions(sample).ToArray().Order(), shuffled.Captions(same).ToArray().Order());
        }
    }

    [Fact]
    public void A_hundred_thousand_rows_of_one_picture_are_as_many_captions()
    {
        var index = Read(string.Concat(Enumerable.Range(0, 100_000).Select(i => $"p/a.jpg,caption {i}\n")));

        Assert.Equal((1, 100_000), (index.Count, index.CaptionCount));
    }

    [Fact]
    public void Every_row_without_a_picture_is_counted()
    {
        var index = Read(",first\n,second\n \t,third\np/a.jpg,fine\n,fourth\n");

        Assert.Equal("4 NoPicture", index.Skips.ToString());
        Assert.Equal(["line 2", "line 3", "line 4", "line 6"], index.Skips.Losses.Select(loss => loss.Detail.Split(':')[0]));
    }

    [Fact]
    public void A_row_without_a_caption_beside_others_of_its_picture_is_remarked()
    {
        var index = Read("p/a.jpg,fine\np/a.jpg,\np/b.jpg,\np/a.jpg, \n");

        Assert.Equal("1 NoCaption", index.Skips.ToString());
        Assert.Contains("2 rows have no caption", Assert.Single(index.Notes), StringComparison.Ordinal);
    }

    [Fact]
    public void A_stray_quote_at_the_beginning_of_a_caption_costs_no_row()
    {
        var lines = Enumerable.Range(0, 500).Select(i => "p/" + "abc"[i % 3] + ".jpg\t" + i switch
        {
            10 => "\"Best of 2009",
            400 => "the so called \"end",
            _ => $"picture number {i}",
        });
        var table = _folder.Write("t.tsv", "filepath\ttitle\n" + string.Join('\n', lines) + "\n");

        var index = Indexing.Build(table);

        Assert.Equal((3, 500), (index.Count, index.CaptionCount));
        Assert.Contains("\"Best of 2009", index.Captions(1).ToArray());
        Assert.Contains("line 12", Assert.Single(index.Notes), StringComparison.Ordinal);
    }

    [Fact]
    public void A_quote_that_is_never_closed_is_read_as_text()
    {
        var index = Read("p/a.jpg,fine\np/b.jpg,\"open\np/c.jpg,not swallowed\n");

        Assert.Equal(3, index.Count);
        Assert.Equal(["\"open"], index.Captions(1));
        Assert.Contains("line 3", Assert.Single(index.Notes), StringComparison.Ordinal);
    }

    [Fact]
    public void Rows_that_a_quote_swallows_and_another_one_closes_are_counted_and_named()
    {
        var index = Read("p/a.jpg,\"open\np/b.jpg,swallowed\np/c.jpg,this one too\np/a.jpg,a wheel of 5\"\np/b.jpg,fine\n");

        Assert.Equal(["p/b.jpg"], Keys(index));
        Assert.Equal("1 BadText", index.Skips.ToString());
        Assert.Contains("line 2: its quotes hold 3 more rows", index.Skips.Losses[0].Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void A_caption_of_several_lines_in_quotes_stays_one_field()
    {
        var index = Read("p/a.jpg,\"A dog, asleep\non a chair, alone\nat noon, in June\"\n");

        Assert.Equal("nothing", index.Skips.ToString());
        Assert.Empty(index.Notes);
        Assert.Equal(1, index.Count);
    }

    [Fact]
    public void A_line_over_the_limit_is_counted_and_those_behind_it_are_read()
    {
        var index = Read($"p/a.jpg,{new string('x', 1 << 20)}\np/b.jpg,fine\n");

        Assert.Equal(["p/b.jpg"], Keys(index));
        Assert.Equal("1 BadText", index.Skips.ToString());
        Assert.Contains("line 2: a line over the limit", index.Skips.Losses[0].Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void A_quote_that_is_closed_beyond_the_limit_of_a_field_is_read_as_text()
    {
        var lines = string.Concat(Enumerable.Range(0, 30_000).Select(i => $"no picture,a caption of some length {i}\n"));

        var index = Read($"p/a.jpg,\"open\n{lines}p/b.jpg,closed\"\n");

        Assert.Equal(["p/a.jpg", "p/b.jpg"], Keys(index));
        Assert.Equal("\"open", index.Captions(0)[0]);
    }

    [Fact]
    public void Without_quoting_a_quote_is_a_character()
    {
        var table = _folder.Write("t.csv", "filepath,title\np/a.jpg,\"one\np/b.jpg,two\"\np/c.jpg,\"three\"\n");

        var index = Indexing.Build(table, new DataOptions { CsvQuote = "none" });

        Assert.Equal(["\"one", "two\"", "\"three\""], Enumerable.Range(0, 3).Select(i => index.Captions(i)[0]));
        Assert.Contains("expected none",
            Assert.Throws<ClipException>(() => Indexing.Build(table, new DataOptions { CsvQuote = "'" })).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_byte_order_mark_before_a_quoted_head_is_no_part_of_it()
    {
        var table = _folder.Write("t.csv", "\uFEFF\"filepath\",\"title\"\np/a.jpg,fine\n");

        Assert.Equal(["fine"], Indexing.Build(table).Captions(0));
    }

    [Fact]
    public void A_path_is_looked_for_beside_the_table_then_in_the_working_folder()
    {
        var here = Path.GetFileName(Directory.EnumerateFiles(Environment.CurrentDirectory).First());
        var table = _folder.Write("deep/er/t.csv", $"filepath,title\n{here},one\n../../p/b.jpg,two\n");

        var index = Indexing.Build(table);

        Assert.Equal(2, index.Count);
        Assert.Single(index.Notes, note => note.Contains("1 path starts at the working folder", StringComparison.Ordinal));
    }

    [Fact]
    public void A_path_that_leads_nowhere_is_told_with_both_places()
    {
        var message = Assert.Throws<ClipException>(() => Read("p/none.jpg,lost\n")).Message;

        Assert.Contains(Path.Combine(_folder.Path, "p", "none.jpg"), message, StringComparison.Ordinal);
        Assert.Contains(Path.Combine(Environment.CurrentDirectory, "p", "none.jpg"), message, StringComparison.Ordinal);
    }

    [Fact]
    public void Samples_in_key_order_are_the_same_for_any_order_of_rows()
    {
        var one = Read("p/b.jpg,second\np/a.jpg,x\np/none.jpg,y\np/b.jpg,first\n").InKeyOrder();
        var other = Read("p/b.jpg,first\np/none.jpg,y\np/b.jpg,second\np/a.jpg,x\n").InKeyOrder();

        Assert.Equal(["p/a.jpg", "p/b.jpg"], Keys(one));
        Assert.Equal(["first", "second"], one.Captions(1));
        Assert.Equal(one.Fingerprint, other.Fingerprint);
        Assert.Equal("1 NoPicture", one.Skips.ToString());
    }

    private SampleIndex Read(string rows) => Indexing.Build(_folder.Write("t.csv", "filepath,title\n" + rows),
        new DataOptions { CsvSeparator = "," });

    private static IEnumerable<string> Keys(SampleIndex index) => Enumerable.Range(0, index.Count).Select(index.Key);
}
