using ClipSharp.Data;
using ClipSharp.Data.Index;
using ClipSharp.Files.Reading;
using ClipSharp.Testing.Odd;

namespace ClipSharp.Tests.Data.Index;

/// <summary>A disk that fails for a moment, or for good, while names and captions are read.</summary>
public sealed class FailingReadTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly List<double> _pauses = [];

    /// <summary>What is indexed, and what is read for it.</summary>
    public static TheoryData<string, string> Reads => new()
    {
        { "shards", "nshards.txt" },
        { "shards", "0.tar" },
        { "table.csv", "table.csv" },
        { "table.csv", "0.jpg" },
        { "photos", "photos" },
        { "photos", "deep" },
        { "photos", "0.jpg" },
        { "photos", "no_ending" },
        { "photos", "0.txt" },
        { "photos", "1.json" },
        { "photos", "metadata.jsonl" },
        { "photos", "metadata.csv" },
    };

    public void Dispose()
    {
        SteadyRead.Trial.Value = null;
        _folder.Dispose();
    }

    [Theory]
    [MemberData(nameof(Reads))]
    public void A_disk_that_fails_three_times_costs_three_pauses_and_nothing_else(string data, string file)
    {
        Write();
        var expected = Indexing.Build(_folder[data]);
        var failures = 3;
        Fail(path => Path.GetFileName(path) == file && failures-- > 0);

        var index = Indexing.Build(_folder[data]);

        Assert.Equal((expected.Fingerprint, expected.Skips.ToString()), (index.Fingerprint, index.Skips.ToString()));
        Assert.Equal([100, 400, 1600], _pauses);
    }

    [Theory]
    [MemberData(nameof(Reads))]
    public void A_disk_that_fails_for_good_ends_the_indexing_by_name(string data, string file)
    {
        Write();
        Fail(path => Path.GetFileName(path) == file);

        var refusal = Assert.Throws<ClipException>(() => Indexing.Build(_folder[data]));

        Assert.Equal((ClipError.InputOutput, file), (refusal.Kind, Path.GetFileName(refusal.Where)));
        Assert.Contains("found the disk is away", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("Look at the disk or the network", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("shards/{0..1}.tar", "0.tar", "")]
    [InlineData("table.csv", "0.jpg", "photos/0.jpg")]
    [InlineData("photos", "deep", "deep")]
    [InlineData("photos", "0.jpg", "0.jpg")]
    [InlineData("photos", "0.txt", "0.jpg")]
    [InlineData("photos", "metadata.jsonl", "")]
    public void Where_asked_to_go_on_what_a_disk_fails_at_is_counted_by_its_name(string data, string file, string key)
    {
        Write();
        Fail(path => Path.GetFileName(path) == file);

        var index = Indexing.Build(_folder[data], new DataOptions { SkipReadErrors = true });

        Assert.True(index.Count > 0);
        var loss = Assert.Single(index.Skips.Losses, loss => loss.Reason == SkipReason.ReadFailed);
        Assert.Equal(key, loss.Key);
        Assert.EndsWith("the disk is away", loss.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("shards", "0.tar")]
    [InlineData("table.csv", "table.csv")]
    [InlineData("photos", "metadata.jsonl")]
    public void Whichever_read_of_a_file_fails_it_is_read_on_from_there(string data, string file)
    {
        Write();
        var expected = Indexing.Build(_folder[data]);
        var (reads, failures) = (0, 0);
        Fail(path => Path.GetFileName(path) == file && reads++ % 2 == 0 && ++failures > 0);

        var index = Indexing.Build(_folder[data]);

        Assert.True(failures > 3, $"{failures} reads failed.");
        Assert.Equal((expected.Fingerprint, expected.Skips.ToString()), (index.Fingerprint, index.Skips.ToString()));
    }

    [Fact]
    public void A_file_that_is_another_after_a_failure_is_told()
    {
        Write();
        var reads = 0;
        Fail(path =>
        {
            var fails = Path.GetFileName(path) == "table.csv" && ++reads == 5; // the rows, after the first line
            if (fails)
            {
                _folder.Write("table.csv", "filepath,title\nphotos/0.jpg,another table\n");
            }

            return fails;
        });

        var refusal = Assert.Throws<ClipException>(() => Indexing.Build(_folder["table.csv"]));

        Assert.Equal(ClipError.InputOutput, refusal.Kind);
        Assert.Contains("it changed while it was read", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_without_permission_is_counted_by_its_name_and_the_rest_is_read()
    {
        Write();
        var whole = Indexing.Build(_folder["photos"]);
        SteadyRead.Trial.Value = new ReadTrial(
            path =>
            {
                if (Path.GetFileName(path) == "deep")
                {
                    throw new UnauthorizedAccessException($"Access to the path '{path}' is denied.");
                }
            },
            pause => _pauses.Add(pause.TotalMilliseconds));

        var index = Indexing.Build(_folder["photos"]);

        Assert.Equal(whole.Count - 1, index.Count);
        var loss = Assert.Single(index.Skips.Losses, loss => loss.Reason == SkipReason.ReadFailed);
        Assert.Equal(("deep", _folder["photos/deep"]), (loss.Key, loss.File));
        Assert.Contains("denied", loss.Detail, StringComparison.Ordinal);
        Assert.Empty(_pauses);
    }

    [Fact]
    public void Links_in_a_circle_are_counted_without_waiting()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Links need rights there.");
        _folder.Write("photos/a.jpg", OddInputs.Jpeg);
        _folder.Write("photos/a.txt", "a caption");
        File.CreateSymbolicLink(_folder["photos/b.jpg"], "c.jpg");
        File.CreateSymbolicLink(_folder["photos/c.jpg"], "b.jpg");
        Fail(_ => false);

        var index = Indexing.Build(_folder["photos"]);

        Assert.Equal((1, "2 ReadFailed"), (index.Count, index.Skips.ToString()));
        Assert.Empty(_pauses);
    }

    private void Fail(Func<string, bool> fails) => SteadyRead.Trial.Value = new ReadTrial(
        path =>
        {
            if (fails(path))
            {
                throw new IOException("the disk is away");
            }
        },
        pause => _pauses.Add(pause.TotalMilliseconds));

    // Pictures with every kind of text beside them, in a folder, a table and a shard; tables and shards of many reads.
    private void Write()
    {
        foreach (var name in (string[])["0.jpg", "1.jpg", "2.jpg", "3.jpg", "deep/4.jpg", "no_ending"])
        {
            _folder.Write($"photos/{name}", OddInputs.Jpeg);
        }

        _folder.Write("photos/0.txt", "a text");
        _folder.Write("photos/1.json", "{\"caption\": \"a member\"}");
        _folder.Write("photos/deep/4.txt", "a text below");
        _folder.Write("photos/no_ending.txt", "a text of no ending");
        _folder.Write("photos/metadata.csv", "file_name,text\n2.jpg,a row\n");
        _folder.Write("photos/metadata.jsonl", string.Concat(Enumerable.Range(0, 2000)
            .Select(i => $"{{\"file_name\": \"3.jpg\", \"text\": \"line {i}\"}}\n")));
        _folder.Write("table.csv", "filepath,title\n"
            + string.Concat(Enumerable.Range(0, 4000).Select(i => $"photos/{i % 3}.jpg,row {i}\n")));
        var tar = new TarBuilder();
        for (var i = 0; i < 60; i++)
        {
            tar.Add($"{i}.jpg", OddInputs.Jpeg).Add($"{i}.txt", $"caption {i}");
        }

        _folder.Write("shards/0.tar", tar.Finish());
        _folder.Write("shards/1.tar", new TarBuilder().Add("a.jpg", OddInputs.Jpeg).Add("a.txt", "one more").Finish());
        _folder.Write("shards/nshards.txt", "2\n");
    }
}
