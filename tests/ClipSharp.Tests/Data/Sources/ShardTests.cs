using ClipSharp.Data;
using ClipSharp.Data.Index;
using ClipSharp.Files.Reading;

namespace ClipSharp.Tests.Data.Sources;

/// <summary>Shards as others write them: parts of other names, damaged side files, gaps.</summary>
public sealed class ShardTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("""{"caption": "a dog", "score": NaN, "low": -Infinity, "high": Infinity}""", "a dog")]
    [InlineData("""{"caption": "NaN", "width": 1e999, "id": 123456789012345678901234567890}""", "NaN")]
    [InlineData("""{"caption": "first", "other": 1, "caption": "last"}""", "last")]
    [InlineData("""{"caption": "he said \"NaN\\", "x": [NaN,Infinity]}""", "he said \"NaN\\")]
    public void Json_of_python_is_read(string json, string caption) =>
        Assert.Equal([caption], Index(new TarBuilder().Add("a.jpg", "A").Add("a.json", json)).Captions(0));

    [Theory]
    [InlineData("""{"caption": NaNa}""")]
    [InlineData("""{"caption": "a", Infinit}""")]
    [InlineData("""{"caption": "a" """)]
    public void What_is_no_json_stays_bad_text(string json) => Assert.Equal("1 BadText",
        Index(new TarBuilder().Add("a.jpg", "A").Add("a.json", json).Add("b.jpg", "B").Add("b.txt", "b")).Skips.ToString());

    [Fact]
    public void A_side_file_that_is_not_needed_takes_no_picture_away()
    {
        var tar = _folder.Write("0.tar", new TarBuilder()
            .Add("a.jpg", "A").Add("a.cls", "3").Add("a.json", "{broken")
            .Add("b.jpg", "B").Add("b.cls", "x").Add("b.txt", "a bee").Finish());

        Assert.Equal(2, Indexing.Build(tar, need: SampleNeed.Picture).Count);
        Assert.Equal(3, Indexing.Build(tar, need: SampleNeed.Class).Class(0));
        Assert.Equal(2, Indexing.Build(tar).Count);
        var captions = Indexing.Build(tar, need: SampleNeed.Caption);
        Assert.Equal((1, "1 BadText"), (captions.Count, captions.Skips.ToString()));
        Assert.Contains(".json", captions.Skips.Losses[0].Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_no_tar_is_counted_and_the_others_are_read()
    {
        var good = _folder.Write("0.tar", Pair("a"));
        var page = _folder.Write("1.tar", "<html>" + new string('x', 2000));
        var last = _folder.Write("2.tar", Pair("b"));

        var index = Indexing.Build($"{good}::{page}::{last}");

        Assert.Equal(2, index.Count);
        Assert.Equal(1, index.Skips.Total);
        Assert.Equal(page, index.Skips.Losses[0].File);
        Assert.Contains("Not a tar", Assert.Throws<ClipException>(() => Indexing.Build(page)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_stands_behind_the_end_of_a_shard_is_remarked_and_not_read()
    {
        var index = Index(new TarBuilder().Add("a.jpg", "A").Add("a.txt", "a").AddZeros(2).Add("b.jpg", "B").Add("b.txt", "b"));

        Assert.Equal(1, index.Count);
        Assert.Contains("entries after the end of the archive", Assert.Single(index.Notes), StringComparison.Ordinal);
    }

    [Fact]
    public void Parts_of_other_names_are_read_when_they_are_named()
    {
        var tar = _folder.Write("0.tar", new TarBuilder()
            .Add("s1.input.png", "A").Add("s1.outputs.txt", "an ant")
            .Add("s2.input.png", "B").Add("s2.outputs.txt", "a bee").Finish());
        var keys = new DataOptions { ImageKeys = ["jpg", "input.png"], TextKeys = ["txt", "outputs.txt"] };

        Assert.Equal(["an ant"], Indexing.Build(tar, keys).Captions(0));
        var message = Assert.Throws<ClipException>(() => Indexing.Build(tar)).Message;
        Assert.Contains("members end in .input.png (2), .outputs.txt (2)", message, StringComparison.Ordinal);
        Assert.Contains("--image-key", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_alternatives_the_first_that_is_there_is_the_caption()
    {
        var tar = _folder.Write("0.tar", new TarBuilder()
            .Add("a.caption", "other").Add("a.jpg", "A").Add("a.txt", "text")
            .Add("b.caption", "a bee").Add("b.jpg", "B").Finish());

        var index = Indexing.Build(tar, new DataOptions { TextKeys = ["txt", "caption"] });

        Assert.Equal(["text", "a bee"], [index.Captions(0)[0], index.Captions(1)[0]]);
    }

    [Fact]
    public void Members_of_json_are_alternatives_that_win_over_the_text()
    {
        var tar = _folder.Write("0.tar", new TarBuilder()
            .Add("a.jpg", "A").Add("a.json", """{"long": " ", "short": "ant"}""").Add("a.txt", "text")
            .Add("b.jpg", "B").Add("b.json", """{"long": "a long bee", "short": "bee"}""").Add("b.txt", "text")
            .Add("c.jpg", "C").Add("c.json", "{}").Add("c.txt", "text").Finish());

        var index = Indexing.Build(tar, new DataOptions { JsonTextKeys = ["long", "short"] });

        Assert.Equal(["ant", "a long bee"], [index.Captions(0)[0], index.Captions(1)[0]]);
        Assert.Equal("1 NoCaption", index.Skips.ToString());
    }

    [Fact]
    public void Members_with_shares_are_all_captions_and_a_members_share_is_its_captions_together()
    {
        var tar = _folder.Write("0.tar", new TarBuilder()
            .Add("a.jpg", "A").Add("a.json", """{"long": ["one", "two"], "short": "ant"}""")
            .Add("b.jpg", "B").Add("b.json", """{"short": "bee"}""")
            .Add("c.jpg", "C").Add("c.json", "{}").Finish());
        var options = new DataOptions { JsonTextKeys = ["long", "none", "short"], JsonTextKeyProbs = [3, 5, 1] };

        var index = Indexing.Build(tar, options);

        Assert.Equal(["one", "two", "ant"], index.Captions(0).ToArray());
        Assert.Equal([1.5, 1.5, 1], index.CaptionShares(0).ToArray());
        Assert.Equal([1.0], index.CaptionShares(1).ToArray());
        Assert.Equal([1.0], index.Select([1]).CaptionShares(0).ToArray());
        Assert.Equal("1 NoCaption", index.Skips.ToString());
        Assert.Empty(Indexing.Build(tar, options with { JsonTextKeyProbs = [] }).CaptionShares(0).ToArray());
    }

    [Theory]
    [InlineData("0.5")]
    [InlineData("0.5 -1")]
    [InlineData("0 0")]
    [InlineData("NaN 1")]
    public void Shares_that_do_not_hold_are_refused(string shares)
    {
        var options = new DataOptions
        {
            JsonTextKeys = ["a", "b"],
            JsonTextKeyProbs = [.. shares.Split(' ').Select(double.Parse)],
        };
        Assert.Contains("json_text_key_probs", Assert.Throws<ClipException>(options.Validated).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_parquet_file_is_refused_with_what_to_add_where_a_program_does_not_read_it()
    {
        var refusal = Assert.Throws<ClipException>(() => Indexing.Build(_folder.Write("set/0.parquet", "PAR1")));
        Assert.Contains("ClipSharp.Data.Parquet", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_shard_that_changes_while_it_is_read_gives_nothing()
    {
        var shard = _folder.Write("0.tar", new TarBuilder().Add("a.jpg", "A").Add("a.txt", "a").Finish());
        _folder.Write("1.tar", new TarBuilder().Add("b.jpg", "B").Add("b.txt", "b").Finish());
        var time = new DateTime(2030, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        SteadyRead.Trial.Value = new ReadTrial(path =>
        {
            if (path == shard)
            {
                File.SetLastWriteTimeUtc(shard, time = time.AddSeconds(1));
            }
        }, _ => { });
        try
        {
            var index = Indexing.Build(_folder["{0..1}.tar"]);
            Assert.Equal("b", index.Key(0));
            Assert.Equal("it changed while it was read", Assert.Single(index.Skips.Losses).Detail);
        }
        finally
        {
            SteadyRead.Trial.Value = null;
        }
    }

    [Fact]
    public void A_link_that_bears_a_pictures_name_is_named_as_the_cause()
    {
        var index = Index(new TarBuilder().Add("a.jpg", "A").Add("a.txt", "a").Add("b.jpg", [], '2').Add("b.txt", "b"));

        Assert.Equal("1 NoPicture", index.Skips.ToString());
        Assert.Contains("b.jpg is a link", index.Skips.Losses[0].Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Members_of_no_sample_are_remarked()
    {
        var index = Index(new TarBuilder().Add("a.jpg", "A").Add("a.txt", "a").Add("README", "read").Add("._a.jpg", "Mac"));

        Assert.Contains("2 members belong to no sample", Assert.Single(index.Notes), StringComparison.Ordinal);
        Assert.Contains("README", index.Notes[0], StringComparison.Ordinal);
    }

    [Fact]
    public void All_shards_that_lack_are_named_at_once_or_counted_where_that_is_allowed()
    {
        foreach (var i in new[] { 0, 1, 2, 4, 5, 6, 8, 9 })
        {
            _folder.Write($"{i:00000}.tar", Pair($"{i}"));
        }

        var pattern = _folder["{00000..00009}.tar"];
        var message = Assert.Throws<ClipException>(() => Indexing.Build(pattern)).Message;
        Assert.Contains("00003.tar", message, StringComparison.Ordinal);
        Assert.Contains("00007.tar", message, StringComparison.Ordinal);
        Assert.Contains("--allow-missing-shards", message, StringComparison.Ordinal);

        var index = Indexing.Build(pattern, new DataOptions { AllowMissingShards = true });
        Assert.Equal((8, "2 MissingShard"), (index.Count, index.Skips.ToString()));
        Assert.Equal(["00003.tar", "00007.tar"], index.Skips.Losses.Select(loss => Path.GetFileName(loss.File)));
    }

    [Fact]
    public void Gaps_in_counted_shards_are_named_too_and_nothing_at_all_is_always_an_error()
    {
        _folder.Write("d/nshards.txt", "4");
        _folder.Write("d/1.tar", Pair("a"));
        var message = Assert.Throws<ClipException>(() => Indexing.Build(_folder["d"])).Message;
        Assert.Contains("0.tar", message, StringComparison.Ordinal);
        Assert.Contains("3.tar", message, StringComparison.Ordinal);

        var allow = new DataOptions { AllowMissingShards = true };
        Assert.Equal("3 MissingShard", Indexing.Build(_folder["d"], allow).Skips.ToString());
        Assert.Throws<ClipException>(() => Indexing.Build(_folder["none-{0..3}.tar"], allow));
    }

    [Fact]
    public void A_caption_is_a_whole_file_unless_lines_are_asked_for()
    {
        var tar = _folder.Write("0.tar", new TarBuilder().Add("a.jpg", "A").Add("a.txt", "A dog\r\non the beach\n\nShot 1\n")
            .Add("b.jpg", "B").Add("b.json", """{"captions": ["two\nlines", "one"]}""").Finish());

        var whole = Indexing.Build(tar);
        Assert.Equal(["A dog on the beach Shot 1"], whole.Captions(0));
        Assert.Equal(["two lines", "one"], whole.Captions(1));

        var lines = Indexing.Build(tar, new DataOptions { CaptionLines = true });
        Assert.Equal(["A dog", "on the beach", "Shot 1"], lines.Captions(0));
        Assert.Equal(["two", "lines", "one"], lines.Captions(1));
    }

    private static byte[] Pair(string key) => new TarBuilder().Add(key + ".jpg", key).Add(key + ".txt", "a " + key).Finish();

    private SampleIndex Index(TarBuilder tar) => Indexing.Gather(_folder.Write("x.tar", tar.Finish()));
}
