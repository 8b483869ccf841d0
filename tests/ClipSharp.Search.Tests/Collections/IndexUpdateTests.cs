using ClipSharp.Data;
using ClipSharp.Images.Decoding;
using ClipSharp.Search.Collections;
using ClipSharp.Search.Segments;
using ClipSharp.Search.Updates;

namespace ClipSharp.Search.Tests.Collections;

public sealed class IndexUpdateTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly WatchedEncoder _encoder;
    private readonly Clip _clip;

    public IndexUpdateTests()
    {
        var model = TinyModel.Write(_folder["model"]);
        _encoder = new WatchedEncoder(new ColourEncoder(model.LoadTokenizer()));
        _clip = new Clip(_encoder, model) { BatchSize = 4 };
        Directory.CreateDirectory(_folder["photos/trip"]);
        for (var i = 0; i < 7; i++)
        {
            Write($"photos/{(i > 4 ? "trip/" : "")}{i}.png", i % 3, i);
        }
    }

    public void Dispose()
    {
        _clip.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void A_new_index_has_every_picture_once_and_a_second_run_encodes_nothing()
    {
        var made = Update();
        var again = Update();

        Assert.Equal(new UpdateSummary { Pictures = 7, New = 7 }, made);
        Assert.Equal(new UpdateSummary { Pictures = 7, Unchanged = 7 }, again);
        Assert.Equal(7, _encoder.Pictures);
        Assert.Equal(Files(), Indexed());
    }

    [Fact]
    public void Only_what_changed_is_encoded()
    {
        Update();
        Write("photos/7.png", 0, 40); // new
        Write("photos/1.png", 2, 50); // other bytes
        File.Move(_folder["photos/2.png"], _folder["photos/trip/moved.png"]);
        File.Delete(_folder["photos/3.png"]);
        File.Copy(_folder["photos/0.png"], _folder["photos/copy.png"]);
        File.SetLastWriteTimeUtc(_folder["photos/4.png"], new DateTime(2024, 5, 1, 0, 0, 0, DateTimeKind.Utc));
        var before = _encoder.Pictures;

        var summary = Update();

        Assert.Equal(new UpdateSummary { Pictures = 8, New = 2, Changed = 1, Moved = 1, Removed = 1, Unchanged = 4 }, summary);
        Assert.Equal(2, _encoder.Pictures - before);
        Assert.Equal(Files(), Indexed());
        AssertAsNew();
    }

    [Fact]
    public void Pictures_of_other_sources_stay()
    {
        Directory.CreateDirectory(_folder["more"]);
        Write("more/a.png", 1, 33);
        Update();

        var summary = Update("more");
        Update("photos/trip");

        Assert.Equal(8, summary.Pictures);
        Assert.Equal(8, Indexed().Count);
    }

    [Fact]
    public void What_cannot_be_decoded_is_told_each_time_and_tried_again_when_it_changed()
    {
        File.WriteAllText(_folder["photos/broken.png"], "<html>");
        File.WriteAllText(_folder["photos/notes.xyz"], "no picture");

        var (first, second) = (Update(), Update());
        var ledger = File.ReadAllLines(_folder["index/left-out.jsonl"]);
        Write("photos/broken.png", 1, 44);
        File.Delete(_folder["photos/notes.xyz"]);
        var third = Update();

        Assert.Equal((7, 2), (first.New, first.LeftOut));
        Assert.Equal((7, 2), (second.Unchanged, second.LeftOut));
        Assert.Equal(2, ledger.Length);
        Assert.Contains(ledger, line => line.Contains("broken.png", StringComparison.Ordinal)
            && line.Contains("\"reason\":\"NotAPicture\"", StringComparison.Ordinal));
        Assert.Equal((8, 1, 0), (third.Pictures, third.New, third.LeftOut));
        Assert.False(File.Exists(_folder["index/left-out.jsonl"]));
    }

    [Fact]
    public void A_picture_that_breaks_leaves_the_index()
    {
        Update();
        File.WriteAllText(_folder["photos/0.png"], "<html>");

        var summary = Update();

        Assert.Equal((6, 1), (summary.Pictures, summary.LeftOut));
        Assert.DoesNotContain(_folder["photos/0.png"], Indexed());
    }

    [Fact]
    public void Another_model_is_refused_and_nothing_changes()
    {
        Update();
        Write("photos/8.png", 0, 60);
        var before = Bytes();
        using var other = new Clip(new ColourEncoder(_clip.Tokenizer), TinyModel.Write(_folder["other"], seed: 1));

        var refusal = Assert.Throws<ClipException>(() => Update("photos", other));

        Assert.Contains("vectors of another model", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(ClipError.Config, refusal.Kind);
        Assert.Equal(before, Bytes());
        File.Delete(_folder["photos/8.png"]); // and where there is nothing to encode
        Assert.Throws<ClipException>(() => Update("photos", other));
        Assert.Equal(before, Bytes());
    }

    [Fact]
    public void Jpegs_decoded_another_way_are_refused()
    {
        Update();
        Write("photos/8.png", 0, 60);
        _clip.Pictures = _clip.Pictures with { Limits = new DecodeLimits { JpegShortSide = 32 } };

        var refusal = Assert.Throws<ClipException>(() => Update());

        Assert.Contains("prepared another way", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("jpeg draft 32", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_that_was_stopped_goes_on_to_the_same_bytes()
    {
        var random = new RandomStream(7, RandomPurpose.Initialization);
        Directory.CreateDirectory(_folder["many"]);
        for (var i = 0; i < 60; i++)
        {
            Write($"many/{i:00}.png", (int)random.NextUInt32() & 1, i);
        }

        using (var whole = ManyIn("whole"))
        {
            whole.Run(_clip, "model");
        }

        for (var stop = 1; stop < 60; stop += 7)
        {
            using var cancel = new CancellationTokenSource();
            var count = 0;
            _encoder.Before = () =>
            {
                if (++count * 4 > stop)
                {
                    cancel.Cancel();
                }
            };
            using var update = ManyIn("parts");
            try
            {
                update.Run(_clip, "model", cancel: cancel.Token);
            }
            catch (OperationCanceledException)
            {
            }
        }

        _encoder.Before = null;
        using (var last = ManyIn("parts"))
        {
            last.Run(_clip, "model");
        }

        Assert.Equal(Vectors("whole"), Vectors("parts"));
        Assert.Equal(60, Indexed("parts").Distinct().Count());
    }

    [Fact]
    public void Compaction_keeps_every_vector_and_drops_what_is_gone()
    {
        Update();
        File.Delete(_folder["photos/3.png"]);
        File.WriteAllText(_folder["photos/broken.png"], "<html>");
        Update();
        var (names, found) = (Indexed(), Search());

        IndexCompaction.Run(_folder["index"]);

        Assert.Equal(names, Indexed());
        Assert.Equal(found, Search());
        Assert.Single(Directory.GetDirectories(_folder["index/segments"]));
        Assert.Equal(new UpdateSummary { Pictures = 6, Unchanged = 6, LeftOut = 1 }, Update());
    }

    [Fact]
    public void A_folder_of_something_else_and_an_index_in_use_are_refused()
    {
        Directory.CreateDirectory(_folder["index"]);
        File.WriteAllText(_folder["index/mine.txt"], "mine");
        Assert.Contains("nothing is overwritten", Assert.Throws<ClipException>(() => Update()).Message, StringComparison.Ordinal);
        File.Delete(_folder["index/mine.txt"]);

        using var held = IndexUpdate.Begin(_folder["index"], [_folder["photos"]], new DataOptions());
        Assert.Contains("no other process", Assert.Throws<ClipException>(() => Update()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Pictures_that_look_alike_are_groups()
    {
        File.Copy(_folder["photos/0.png"], _folder["photos/copy.png"]);
        Update();
        using var index = PictureIndex.Open(_folder["index"]);

        var groups = index.Duplicates(0.9999f);

        Assert.Equal([4, 2, 2], groups.Select(group => group.Pictures.Count)); // reds with the copy, greens, blues
        Assert.All(groups, group => Assert.InRange(group.Least, 0.9999f, 1.0001f));
    }

    private UpdateSummary Update(string source = "photos", Clip? clip = null)
    {
        using var update = IndexUpdate.Begin(_folder["index"], [_folder[source]], new DataOptions());
        return update.Run(clip ?? _clip, "model");
    }

    private IndexUpdate ManyIn(string index) => IndexUpdate.Begin(() => FolderWriter.Open(_folder[index]), [_folder["many"]],
        new DataOptions(), segmentPictures: 8);

    private List<string> Files() => [.. Directory.EnumerateFiles(_folder["photos"], "*.png", SearchOption.AllDirectories)
        .Order(StringComparer.Ordinal)];

    private List<string> Indexed(string folder = "index")
    {
        using var index = PictureIndex.Open(_folder[folder]);
        return [.. index.Pictures().Select(row => row.Picture.Place).Order(StringComparer.Ordinal)];
    }

    private List<(string, float)> Search()
    {
        using var index = PictureIndex.Open(_folder["index"]);
        return [.. index.Search(_clip.EncodeTexts(["red"]), 100)[0].Select(hit => (hit.Picture.Place, hit.Score))];
    }

    // However the index came to be, it finds what a new one finds.
    private void AssertAsNew()
    {
        var found = Search();
        Directory.Delete(_folder["index"], recursive: true);
        Update();
        Assert.Equal(found.Order(), Search().Order());
    }

    private List<string> Bytes() => [.. Directory.EnumerateFiles(_folder["index"], "*", SearchOption.AllDirectories)
        .Order(StringComparer.Ordinal).Select(path => path + Convert.ToHexString(File.ReadAllBytes(path)))];

    private List<string> Vectors(string index) =>
        [.. Directory.EnumerateFiles(_folder[index], "*.npy", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .Select(path => Path.GetRelativePath(_folder[index], path) + Convert.ToHexString(File.ReadAllBytes(path)))];

    private void Write(string name, int colour, int shade) =>
        File.WriteAllBytes(_folder[name], ColourPictures.Png(colour, shade));
}
