using ClipSharp.Data;
using ClipSharp.Search.Collections;
using ClipSharp.Search.Updates;
using ClipSharp.Testing.Stores;

namespace ClipSharp.Search.Postgres.Tests;

/// <summary>An update decides the same for a database as for a folder, and writes as safely.</summary>
[Collection(Stores.OneAfterTheOther)]
public sealed class PostgresUpdateTests : IDisposable
{
    private readonly string _address = PostgresServer.NewStore();
    private readonly TemporaryFolder _folder = new();
    private readonly WatchedEncoder _encoder;
    private readonly Clip _clip;

    public PostgresUpdateTests()
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
        Stores.Drop(_address);
        _clip.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Only_what_changed_is_encoded()
    {
        Assert.Equal(new UpdateSummary { Pictures = 7, New = 7 }, Update());
        Assert.Equal(new UpdateSummary { Pictures = 7, Unchanged = 7 }, Update());
        Assert.Equal(7, _encoder.Pictures);
        Write("photos/7.png", 0, 40); // new
        Write("photos/1.png", 2, 50); // other bytes
        File.Move(_folder["photos/2.png"], _folder["photos/trip/moved.png"]);
        File.Delete(_folder["photos/3.png"]);
        File.Copy(_folder["photos/0.png"], _folder["photos/copy.png"]);
        File.SetLastWriteTimeUtc(_folder["photos/4.png"], new DateTime(2024, 5, 1, 0, 0, 0, DateTimeKind.Utc));

        var summary = Update();

        Assert.Equal(new UpdateSummary { Pictures = 8, New = 2, Changed = 1, Moved = 1, Removed = 1, Unchanged = 4 }, summary);
        Assert.Equal(9, _encoder.Pictures);
        Assert.Equal(Files(), Rows(_address).Select(row => row.Picture.Place).Order(StringComparer.Ordinal));
        Assert.Equal(new UpdateSummary { Pictures = 8, Unchanged = 8 }, Update());
    }

    [Fact]
    public void A_place_whose_bytes_came_from_another_keeps_the_right_vector()
    {
        // One picture a change: the row of the bytes that move is gone before they arrive elsewhere.
        Update(segmentPictures: 1);
        File.Move(_folder["photos/0.png"], _folder["photos/x"]);
        File.Move(_folder["photos/1.png"], _folder["photos/0.png"]);
        File.Move(_folder["photos/x"], _folder["photos/1.png"]);
        Update(segmentPictures: 1);

        AssertAsNew();
    }

    [Fact]
    public void What_cannot_be_decoded_is_told_each_time_and_tried_again_when_it_changed()
    {
        File.WriteAllText(_folder["photos/broken.png"], "<html>");
        File.WriteAllText(_folder["photos/notes.xyz"], "no picture");

        var (first, second) = (Update(), Update());
        Write("photos/broken.png", 1, 44);
        File.Delete(_folder["photos/notes.xyz"]);
        var third = Update();
        File.WriteAllText(_folder["photos/0.png"], "<html>");
        var fourth = Update();

        Assert.Equal((7, 2), (first.New, first.LeftOut));
        Assert.Equal((7, 2), (second.Unchanged, second.LeftOut));
        Assert.Equal((8, 1, 0), (third.Pictures, third.New, third.LeftOut));
        Assert.Equal((7, 1), (fourth.Pictures, fourth.LeftOut));
        Assert.DoesNotContain(_folder["photos/0.png"], Rows(_address).Select(row => row.Picture.Place));
    }

    [Fact]
    public void A_run_that_was_stopped_goes_on_to_the_same_rows()
    {
        Directory.CreateDirectory(_folder["many"]);
        for (var i = 0; i < 40; i++)
        {
            Write($"many/{i:00}.png", i & 1, i);
        }

        for (var stop = 1; stop < 12; stop += 2)
        {
            using var cancel = new CancellationTokenSource();
            var count = 0;
            _encoder.Before = () =>
            {
                if (++count > stop)
                {
                    cancel.Cancel();
                }
            };
            try
            {
                Update("many", 8, cancel.Token);
            }
            catch (OperationCanceledException)
            {
            }
        }

        _encoder.Before = null;
        Update("many", 8);

        Assert.Equal(40, Rows(_address).Count);
        AssertAsNew("many");
    }

    [Fact]
    public void A_change_that_fails_midway_leaves_the_store_as_it_was()
    {
        Update();
        var before = Rows(_address);
        using (var writer = PostgresWriter.Open(PostgresAddress.Parse(_address)))
        {
            var (picture, vector) = (before[0].Picture with { Place = "/new" }, new Half[_clip.Encoder.EmbedDim]);
            var removed = writer.Pictures().Select(row => row.Row).ToList();
            Assert.Throws<ClipException>(() => writer.Write(writer.Model!, new PictureChange(
                [new NewPicture(picture, vector), new NewPicture(picture, vector)], removed, []))); // one place twice
        }

        Assert.Equal(before, Rows(_address));
    }

    [Fact]
    public void Another_model_is_refused_and_nothing_changes()
    {
        Update();
        Write("photos/8.png", 0, 60);
        using var other = new Clip(new ColourEncoder(_clip.Tokenizer), TinyModel.Write(_folder["other"], seed: 1));

        using (var update = Begin())
        {
            var refusal = Assert.Throws<ClipException>(() => update.Run(other, "other"));
            Assert.Contains("vectors of another model", refusal.Message, StringComparison.Ordinal);
        }

        Assert.Equal(7, Rows(_address).Count);
    }

    [Fact]
    public void One_update_at_a_time()
    {
        Assert.SkipWhen(PostgresServer.IsShared, "Connections to PGlite share a session, and with it the lock.");
        using var held = Begin();

        var refusal = Assert.Throws<ClipException>(() => Begin());

        Assert.Equal(ClipError.CannotCreate, refusal.Kind);
    }

    private void AssertAsNew(string source = "photos")
    {
        var found = Rows(_address);
        Stores.Drop(_address);
        Update(source);
        Assert.Equal(Rows(_address).OrderBy(row => row.Picture.Place, StringComparer.Ordinal),
            found.OrderBy(row => row.Picture.Place, StringComparer.Ordinal));
    }

    private IndexUpdate Begin(string source = "photos", int segmentPictures = IndexUpdate.SegmentPictures) => IndexUpdate.Begin(
        () => PostgresWriter.Open(PostgresAddress.Parse(_address)), [_folder[source]], new DataOptions(), segmentPictures);

    private UpdateSummary Update(string source = "photos", int segmentPictures = IndexUpdate.SegmentPictures,
        CancellationToken cancel = default)
    {
        using var update = Begin(source, segmentPictures);
        return update.Run(_clip, "model", cancel: cancel);
    }

    private static List<(IndexedPicture Picture, string Vector)> Rows(string address)
    {
        using var writer = PostgresWriter.Open(PostgresAddress.Parse(address));
        var rows = writer.Pictures().ToList();
        var vectors = writer.Vectors([.. rows.Select(row => row.Row)]);
        return [.. rows.Select(row => (row.Picture, string.Join(' ', vectors[row.Row])))];
    }

    private List<string> Files() => [.. Directory.EnumerateFiles(_folder["photos"], "*.png", SearchOption.AllDirectories)
        .Order(StringComparer.Ordinal)];

    private void Write(string name, int colour, int shade)
    {
        File.WriteAllBytes(_folder[name], ColourPictures.Png(colour, shade));
        File.SetLastWriteTimeUtc(_folder[name], DateTime.UnixEpoch.AddDays(shade).AddHours(colour));
    }
}
