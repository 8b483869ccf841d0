using ClipSharp.Data;
using ClipSharp.Data.Index;
using ClipSharp.Evaluation.Sets.Labels;

namespace ClipSharp.Evaluation.Tests.Sets.Labels;

public sealed class ClassDataTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Class_folders_are_classes_in_the_order_of_their_names()
    {
        // Ordinal: capitals first. In UTF-16 the emoji would stand before the full-width tilde, in Python it stands behind.
        foreach (var name in new[] { "test/cat/b.png", "test/cat/deep/a.png", "test/Zebra/a.png", "test/😀/a.png", "test/～/a.png" })
        {
            Draw(name);
        }

        Draw("test/stray.png");
        File.WriteAllText(_folder["test/cat/notes.pdf"], "%PDF");
        Directory.CreateDirectory(_folder["test/dog"]);
        Directory.CreateDirectory(_folder["test/.git"]);

        var (index, names) = Open(_folder["test"]);

        Assert.Equal(["Zebra", "cat", "dog", "～", "😀"], names);
        Assert.Equal([("Zebra/a.png", 0), ("cat/b.png", 1), ("cat/deep/a.png", 1), ("～/a.png", 3), ("😀/a.png", 4)],
            Classes(index).OrderBy(pair => pair.Class).ThenBy(pair => pair.Key, StringComparer.Ordinal));
        Assert.Equal("1 OtherFile, 1 NoClass", string.Join(", ",
            index.Skips.Counts.OrderByDescending(count => count.Key).Select(count => $"{count.Value} {count.Key}")));
        Assert.Contains("the class folder dog has no picture", Assert.Single(index.Notes), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("t.csv", "image,label\na.png,2\nb.png,0\n")]
    [InlineData("t.tsv", "filepath\tclass\na.png\t2\nb.png\t0\n")]
    [InlineData("t.csv", "id;filename;Label\n7;a.png;2\n8;\"b.png\";0\n")]
    [InlineData("metadata.jsonl", "{\"file_name\": \"a.png\", \"label\": 2}\n\n{\"file_name\": \"b.png\", \"label\": \"0\"}\n")]
    public void Numbers_in_a_table_are_classes(string file, string table)
    {
        Draw("a.png");
        Draw("b.png");
        File.WriteAllText(_folder[file], table);
        var (index, names) = Open(_folder[file]);
        Assert.Null(names);
        Assert.Equal([("a.png", 2), ("b.png", 0)], Classes(index));
        Assert.Equal(0, index.Skips.Total);
    }

    [Fact]
    public void Names_in_a_table_are_counted_by_the_list_or_by_themselves()
    {
        Draw("a.png");
        Draw("b.png");
        Draw("c.png");
        File.WriteAllText(_folder["t.csv"], "image,label\na.png,dog\nb.png,cat\nc.png,cow\n");

        var (index, names) = Open(_folder["t.csv"]);
        Assert.Equal(["cat", "cow", "dog"], names);
        Assert.Equal([("a.png", 2), ("b.png", 0), ("c.png", 1)], Classes(index));

        (index, names) = Open(_folder["t.csv"], ["dog", "cat", "dog"]);
        Assert.Equal(["dog", "cat", "dog"], names);
        Assert.Equal([("a.png", 0), ("b.png", 1)], Classes(index));
        var skip = Assert.Single(index.Skips.Losses);
        Assert.Equal((SkipReason.BadText, "line 4: \"cow\" is not among the class names"), (skip.Reason, skip.Detail));
    }

    [Fact]
    public void Everything_in_a_folder_with_a_metadata_file_is_used_or_counted()
    {
        Draw("set/a.png");
        Draw("set/more/b.png");
        Draw("set/nobody.png");
        Draw("set/none.png");
        File.WriteAllText(_folder["set/readme.pdf"], "%PDF");
        File.WriteAllText(_folder["set/metadata.jsonl"], """
            {"file_name": "a.png", "label": 1}
            {"file_name": "more/b.png", "label": 0}
            {"file_name": "absent.png", "label": 0}
            {"file_name": "none.png"}
            {"label": 0}
            nonsense
            """);

        var (index, _) = Open(_folder["set"]);

        Assert.Equal([("a.png", 1), ("more/b.png", 0)], Classes(index));
        Assert.Equal(
            [(SkipReason.NoPicture, 1L), (SkipReason.BadText, 2), (SkipReason.NoClass, 2), (SkipReason.OtherFile, 1)],
            index.Skips.Counts.Select(count => (count.Key, count.Value)).OrderBy(count => count.Key));
        Assert.Equal(["line 5: no name of a picture", "line 6: no JSON object"],
            index.Skips.Losses.Where(skip => skip.Reason == SkipReason.BadText).Select(skip => skip.Detail));
    }

    [Fact]
    public void A_folder_of_captions_has_no_classes_and_a_table_without_them_is_refused()
    {
        Draw("set/a.png");
        File.WriteAllText(_folder["set/metadata.csv"], "file_name,text\na.png,a cat\n");
        Assert.Null(ClassData.Open(_folder["set"], new DataOptions()).Names);
        var refusal = Assert.Throws<ClipException>(() => ClassData.Open(_folder["set/metadata.csv"], new DataOptions()));
        Assert.Equal(ClipError.Data, refusal.Kind);
        Assert.Contains("no column label", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_column_of_another_name_is_named_and_shards_stay_shards()
    {
        Draw("a.png");
        File.WriteAllText(_folder["t.csv"], "image,kind\na.png,3\n");
        var data = ClassData.Open(_folder["t.csv"], new DataOptions(), null, "kind");
        Assert.Equal(3, SampleIndex.Build(data.Source, SampleNeed.Class).Class(0));

        var shards = ClassData.Open(ColourPictures.WriteSplit(_folder, 4), new DataOptions());
        Assert.Null(shards.Names);
        Assert.Equal(4, SampleIndex.Build(shards.Source, SampleNeed.Class).Count);
    }

    private static IEnumerable<(string Key, int Class)> Classes(SampleIndex index) =>
        Enumerable.Range(0, index.Count).Select(sample => (index.Key(sample), index.Class(sample)));

    private static (SampleIndex Index, IReadOnlyList<string>? Names) Open(string data, IReadOnlyList<string>? names = null)
    {
        var opened = ClassData.Open(data, new DataOptions(), names);
        return (SampleIndex.Build(opened.Source, SampleNeed.Class), opened.Names);
    }

    private void Draw(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_folder[path])!);
        File.WriteAllBytes(_folder[path], ColourPictures.Png(0));
    }
}
