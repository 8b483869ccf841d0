using ClipSharp.Data;
using ClipSharp.Data.Batches;
using ClipSharp.Data.Index;
using ClipSharp.Data.Sources;

namespace ClipSharp.Tests.Data.Sources;

public sealed class SampleSourceTests
{
    [Fact]
    public void A_table_with_quotes_and_line_ends_is_read_as_RFC_4180_says()
    {
        using var folder = new TemporaryFolder();
        folder.Write("p/a.jpg", "A");
        folder.Write("p/b.jpg", "B");
        folder.Write("p/empty.jpg", "");
        var table = folder.Write("t.tsv",
            "\uFEFFtitle\tfilepath\r\n\"a \"\"red\"\" car,\nparked\"\tp/a.jpg\r\n\r\nNA\tp/b.jpg\n" +
            "again b\tp/b.jpg\n \tp/a.jpg\nlost\tp/none.jpg\nnothing\tp/empty.jpg\ntoo\tmany\tfields\nlast\tp/a.jpg");

        var index = Indexing.Build(table);

        Assert.Equal(2, index.Count);
        Assert.Equal(["a \"red\" car, parked", "last"], index.Captions(0));
        Assert.Equal(["NA", "again b"], index.Captions(1)); // NA is a text
        Assert.Equal("1 NoPicture, 1 BadText, 1 EmptyPicture", index.Skips.ToString());
        Assert.Contains(index.Skips.Examples, e => e.Detail == "line 10: 3 fields, 2 in the head");
    }

    [Fact]
    public void A_missing_column_is_named_with_the_flag_that_helps()
    {
        using var folder = new TemporaryFolder();
        var table = folder.Write("t.csv", "photo no,words\n");

        var message = Assert.Throws<ClipException>(() => Indexing.Build(table, new DataOptions { CsvSeparator = "," })).Message;

        Assert.Contains("filepath", message, StringComparison.Ordinal);
        Assert.Contains("--csv-img-key", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_class_is_no_missing_caption()
    {
        using var folder = new TemporaryFolder();
        folder.Write("a.jpg", "A");
        folder.Write("a.txt", "red car");

        var message = Assert.Throws<ClipException>(
            () => SampleIndex.Build(SampleSources.Open(folder.Path, new DataOptions()), SampleNeed.Class)).Message;

        Assert.Contains("found 1 NoClass, the first in", message, StringComparison.Ordinal);
        Assert.Contains("expected at least one picture with its class", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_tab_may_be_typed_as_two_characters()
    {
        using var folder = new TemporaryFolder();
        folder.Write("a.jpg", "A");
        var table = folder.Write("t.csv", "filepath\ttitle\na.jpg\tred car\n");

        Assert.Equal(["red car"], Indexing.Build(table, new DataOptions { CsvSeparator = @"\t" }).Captions(0));
    }

    [Fact]
    public void Linked_pictures_are_pictures_and_linked_folders_are_not_entered()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Links need rights there.");
        using var folder = new TemporaryFolder();
        folder.Write("blobs/1", "A");
        folder.Write("data/a.txt", "red car");
        File.CreateSymbolicLink(folder["data/a.jpg"], folder["blobs/1"]);
        Directory.CreateSymbolicLink(folder["data/round"], folder["data"]);

        var index = Indexing.Build(folder["data"]);

        Assert.Equal(1, index.Count);
        Assert.Equal("1 LinkedFolder", index.Skips.ToString());
        Assert.Equal(1, index.Picture(0).Length);
    }

    [Fact]
    public void A_folder_pairs_each_picture_with_the_text_beside_it()
    {
        using var folder = new TemporaryFolder();
        folder.Write("z/b.PNG", "B");
        folder.Write("z/b.json", """{"caption": "a bee"}""");
        folder.Write("a.jpg", "A");
        folder.Write("a.txt", "an ant\nan insect\n");
        folder.Write("c.jpg", "C");
        folder.Write("d.txt", "no picture");
        folder.Write(".hidden.jpg", "H");

        var index = Indexing.Build(folder.Path);

        Assert.Equal(["a.jpg", "z/b.PNG"], [index.Key(0), index.Key(1)]);
        Assert.Equal(["an ant an insect"], index.Captions(0));
        Assert.Equal(["a bee"], index.Captions(1));
        Assert.Equal("1 NoCaption, 1 NoPicture, 1 Hidden", index.Skips.ToString());
    }

    [Fact]
    public void The_same_data_has_the_same_fingerprint_in_another_folder_and_each_change_shows()
    {
        using var folder = new TemporaryFolder();
        byte[] Tar(string caption, string picture, string key) =>
            new TarBuilder().Add(key + ".jpg", picture).Add(key + ".txt", caption).Finish();
        var prints = new[]
        {
            folder.Write("1/0.tar", Tar("x", "pic", "k")), folder.Write("2/0.tar", Tar("x", "pic", "k")),
            folder.Write("3/0.tar", Tar("y", "pic", "k")), folder.Write("4/0.tar", Tar("x", "pict", "k")),
            folder.Write("5/0.tar", Tar("x", "pic", "l")), folder.Write("6/1.tar", Tar("x", "pic", "k")),
        }.Select(p => Indexing.Build(p).Fingerprint).ToList();

        Assert.Equal(prints[0], prints[1]);
        Assert.Equal(5, prints.Distinct().Count());
    }

    [Fact]
    public void Data_without_any_usable_sample_is_refused_with_what_was_found()
    {
        using var folder = new TemporaryFolder();
        var tar = folder.Write("0.tar", new TarBuilder().Add("a.jpg", "A").Add("b.txt", "b").Finish());

        var message = Assert.Throws<ClipException>(() => Indexing.Build(tar)).Message;

        Assert.Contains("1 NoCaption, 1 NoPicture", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_sample_with_a_class_only_is_of_use_where_no_caption_is_needed()
    {
        using var folder = new TemporaryFolder();
        var tar = folder.Write("0.tar",
            new TarBuilder().Add("a.cls", "7").Add("a.jpg", "A").Add("b.cls", "x").Add("b.jpg", "B").Finish());

        var index = Indexing.Build(tar);
        Assert.Equal((1, 7), (index.Count, index.Class(0)));
        Assert.Equal("1 BadText", index.Skips.ToString());
        Assert.Throws<ClipException>(() => Indexing.Build(tar, need: SampleNeed.Caption));
        Assert.Throws<ClipException>(() => new BatchPlan(index, 0, 1));
    }

    [Fact]
    public void The_real_sets_are_read_whole()
    {
        var lines = new DataOptions { CaptionLines = true };
        var flickr = Indexing.Build(SharedFiles.Data("flickr8k/train"), lines);
        Assert.Equal((6000, 30_000, "nothing"), (flickr.Count, flickr.CaptionCount, flickr.Skips.ToString()));

        var emoji = Indexing.Build(SharedFiles.Data("emoji/train"), lines);
        Assert.Equal((4675, 9318), (emoji.Count, emoji.CaptionCount));

        var cifar = Indexing.Build(SharedFiles.Data("cifar10/test"));
        Assert.Equal((1000, 9), (cifar.Count, Enumerable.Range(0, 1000).Max(cifar.Class)));
    }

    [Fact]
    public void Single_files_are_samples_in_the_order_given_with_what_lies_beside_them()
    {
        using var folder = new TemporaryFolder();
        var (b, a) = (folder.Write("b.PNG", "B"), folder.Write("a.jpg", "A"));
        folder.Write("a.txt", "an a\n");

        var index = Indexing.Build($"{b}::{a}", need: SampleNeed.Picture);

        Assert.Equal([b, a], Enumerable.Range(0, index.Count).Select(index.Key));
        Assert.Equal(["an a"], index.Captions(1));
    }

    [Fact]
    public void Every_loss_is_kept_and_few_of_a_kind_are_examples()
    {
        using var folder = new TemporaryFolder();
        var files = Enumerable.Range(0, 9).Select(i => folder.Write($"{i}.jpg", i == 8 ? "x" : "")).ToList();

        var skips = Indexing.Build(string.Join("::", files), need: SampleNeed.Picture).Skips;

        Assert.Equal(files[..8], skips.Losses.Select(loss => loss.Key));
        Assert.Equal(files[..SkipReport.ExamplesShown], skips.Examples.Select(loss => loss.Key));
    }
}
