using ClipSharp.Data;
using ClipSharp.Parts;
using ClipSharp.Search.Collections;
using ClipSharp.Search.Updates;

namespace ClipSharp.Search.Tests.Collections;

/// <summary>An index that several processes make, a few pictures a segment.</summary>
public sealed class IndexMergeTests : IDisposable
{
    private const int SegmentPictures = 8;

    private readonly TemporaryFolder _folder = new();
    private readonly WatchedEncoder _encoder;
    private readonly Clip _clip;

    public IndexMergeTests()
    {
        var model = TinyModel.Write(_folder["model"]);
        _encoder = new WatchedEncoder(new ColourEncoder(model.LoadTokenizer()));
        _clip = new Clip(_encoder, model) { BatchSize = 4 };
        Directory.CreateDirectory(_folder["many"]);
        for (var i = 0; i < 60; i++)
        {
            File.WriteAllBytes(_folder[$"many/{i:00}.png"],
                i is 7 or 8 or 41 ? "<html>"u8.ToArray() : ColourPictures.Png(i % 3, i));
        }

        using var whole = IndexUpdate.Begin(() => FolderWriter.Open(_folder["whole"]), [_folder["many"]], new DataOptions(),
            SegmentPictures);
        whole.Run(_clip, "model");
    }

    public void Dispose()
    {
        _clip.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(11)] // more than there are segments
    public void An_index_of_parts_is_that_of_one_process(int count)
    {
        foreach (var number in Enumerable.Range(1, count).Reverse())
        {
            Make(number, count);
        }

        var summary = Merge();

        Assert.Equal(new UpdateSummary { Pictures = 57, New = 57, LeftOut = 3 }, summary);
        Assert.Equal(Files("whole"), Files("index"));
        Assert.Equal(Search("whole"), Search("index"));
        Assert.False(Directory.Exists(_folder["index/parts"]));
        Assert.Equal(summary, Merge()); // again: it is done
        using var update = IndexUpdate.Begin(_folder["index"], [_folder["many"]], new DataOptions());
        Assert.Equal(0, update.Candidates); // goes on like any other
    }

    [Fact]
    public void A_part_that_was_killed_goes_on_and_the_same_part_again_encodes_nothing()
    {
        Make(1, 2);
        using var cancel = new CancellationTokenSource();
        var before = _encoder.Pictures;
        _encoder.Before = () =>
        {
            if (_encoder.Pictures - before >= 12)
            {
                cancel.Cancel();
            }
        };
        Assert.ThrowsAny<OperationCanceledException>(() => Make(2, 2, cancel.Token));
        _encoder.Before = null;
        AssertRefused("found not 2/2", () => Merge());
        Make(2, 2);
        var encoded = _encoder.Pictures;
        Make(2, 2);
        Assert.Equal(encoded, _encoder.Pictures);
        Merge();
        Assert.Equal(Files("whole"), Files("index"));
    }

    [Fact]
    public void Missing_parts_are_named()
    {
        AssertRefused("There are no parts", () => Merge());
        Make(2, 3);
        AssertRefused("found not 1/3, 3/3, expected all 3", () => Merge());
        Assert.False(File.Exists(_folder["index/index.json"]));
    }

    [Fact]
    public void Parts_of_two_models_are_refused()
    {
        Make(1, 2);
        using var other = new Clip(_encoder, TinyModel.Write(_folder["other"], seed: 1)) { BatchSize = 4 };
        using (var update = Begin(2, 2))
        {
            update.Run(other, "other");
        }

        AssertRefused("index/parts/2-of-2): found other, ", () => Merge());
    }

    [Fact]
    public void The_same_part_at_once_another_division_and_an_index_that_is_there_are_refused()
    {
        using (Begin(1, 2))
        {
            AssertRefused("no other process", () => Make(1, 2));
        }

        AssertRefused("The index is made in parts", () =>
            IndexUpdate.Begin(_folder["index"], [_folder["many"]], new DataOptions()));
        AssertRefused("expected parts of 3", () => Make(1, 3));
        Make(1, 2);
        Make(2, 2);
        Merge();
        AssertRefused("The index is there already", () => Make(1, 2));
    }

    [Theory]
    [InlineData("gone")]
    [InlineData("new")]
    [InlineData("in two parts")]
    [InlineData("a row was lost")]
    public void Pictures_that_are_not_those_of_the_parts_are_found(string what)
    {
        Make(1, 2);
        Make(2, 2);
        switch (what)
        {
            case "gone":
                File.Delete(_folder["many/50.png"]);
                break;
            case "new":
                File.WriteAllBytes(_folder["many/60.png"], ColourPictures.Png(0, 1));
                break;
            case "in two parts":
                Directory.Delete(_folder["index/parts/2-of-2"], recursive: true);
                Directory.CreateDirectory(_folder["index/parts/2-of-2"]);
                foreach (var file in Directory.GetFiles(_folder["index/parts/1-of-2"], "*", SearchOption.AllDirectories))
                {
                    var to = file.Replace("1-of-2", "2-of-2", StringComparison.Ordinal);
                    Directory.CreateDirectory(Path.GetDirectoryName(to)!);
                    File.Copy(file, to);
                }

                break;
            default:
                var manifest = _folder["index/parts/2-of-2/index.json"];
                File.WriteAllText(manifest, File.ReadAllText(manifest).Replace("\"removed\": []", "\"removed\": [[0, 1]]",
                    StringComparison.Ordinal));
                break;
        }

        AssertRefused("The parts do not fit the pictures", () => Merge());
        Assert.False(File.Exists(_folder["index/index.json"]));
    }

    private IndexUpdate Begin(int number, int count) => IndexUpdate.BeginPart(_folder["index"], new WorkPart(number, count),
        [_folder["many"]], new DataOptions(), SegmentPictures);

    private void Make(int number, int count, CancellationToken cancel = default)
    {
        using var update = Begin(number, count);
        update.Run(_clip, "model", cancel: cancel);
    }

    private UpdateSummary Merge()
    {
        using var merge = IndexMerge.Begin(_folder["index"], [_folder["many"]], new DataOptions());
        return merge.Run(null, "");
    }

    private static void AssertRefused(string reason, Action action) =>
        Assert.Contains(reason, Assert.Throws<ClipException>(action).Message, StringComparison.Ordinal);

    private List<(string, string)> Files(string index) =>
        [.. Directory.EnumerateFiles(_folder[index], "*", SearchOption.AllDirectories)
            .Select(path => (Path.GetRelativePath(_folder[index], path), Convert.ToHexString(File.ReadAllBytes(path)))).Order()];

    private List<(string, float)> Search(string folder)
    {
        using var index = PictureIndex.Open(_folder[folder]);
        return [.. index.Search(_clip.EncodeTexts(["red"]), 100)[0].Select(hit => (hit.Picture.Place, hit.Score))];
    }
}
