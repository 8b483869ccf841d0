using ClipSharp.Data.Index;
using ClipSharp.Testing.Odd;

namespace ClipSharp.Tests.Data.Sources;

/// <summary>Whatever a folder holds, each of its files is a picture, a text of one, or counted.</summary>
public sealed class FolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_is_a_picture_is_told_by_its_first_bytes()
    {
        _folder.Write("photos/a.jpg", OddInputs.Jpeg);
        _folder.Write("photos/b.jfif", OddInputs.Jpeg);
        _folder.Write("photos/no_ending", OddInputs.Png);
        _folder.Write("photos/c.heic", [0, 0, 0, 24, .. "ftypheic"u8, .. new byte[64]]);
        _folder.Write("photos/d.tif", [.. "II*\0"u8, .. new byte[64]]);
        _folder.Write("photos/notes.md", "# notes");
        _folder.Write("photos/empty", "");
        _folder.Write("photos/.hidden.jpg", OddInputs.Jpeg);
        _folder.Write("photos/.git/config", "x");
        _folder.Write("photos/@eaDir/a.jpg/SYNOPHOTO_THUMB_M.jpg", OddInputs.Jpeg);

        var index = Pictures();

        Assert.Equal(["a.jpg", "b.jfif", "no_ending"], Keys(index));
        Assert.Equal("2 UnknownFormat, 2 OtherFile, 2 Hidden, 1 SystemFolder", index.Skips.ToString());
        Assert.Equal(["c.heic HEIC", "d.tif TIFF"], index.Skips.Losses.Where(loss => loss.Reason == SkipReason.UnknownFormat)
            .Select(loss => $"{loss.Key} {loss.Detail}"));
        Assert.Equal(Directory.GetFiles(_folder["photos"], "*", Everything).Length, index.Count + index.Skips.Total);
    }

    [Fact]
    public void Linked_folders_are_told_and_not_followed()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Links need rights there.");
        _folder.Write("photos/a.jpg", OddInputs.Jpeg);
        _folder.Write("elsewhere/linked.jpg", OddInputs.Jpeg);
        Directory.CreateSymbolicLink(_folder["photos/album"], "../elsewhere");
        File.CreateSymbolicLink(_folder["photos/b.jpg"], "../elsewhere/linked.jpg");
        File.CreateSymbolicLink(_folder["photos/dangling.jpg"], "../nowhere.jpg");

        var index = Pictures();

        Assert.Equal(["a.jpg", "b.jpg"], Keys(index));
        Assert.Equal("1 ReadFailed, 1 LinkedFolder", index.Skips.ToString());
    }

    [Fact]
    public void A_folder_that_may_not_be_read_is_told_and_the_rest_is_read()
    {
        Assert.SkipWhen(Environment.IsPrivilegedProcess, "Rights do not bind here.");
        _folder.Write("photos/a.jpg", OddInputs.Jpeg);
        _folder.Write("photos/closed/b.jpg", OddInputs.Jpeg);
        if (OperatingSystem.IsWindows())
        {
            return; // rights are others there
        }

        File.SetUnixFileMode(_folder["photos/closed"], UnixFileMode.None);

        var index = Pictures();

        File.SetUnixFileMode(_folder["photos/closed"], UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Assert.Equal((1, "1 ReadFailed"), (index.Count, index.Skips.ToString()));
        Assert.Equal("closed", index.Skips.Losses[0].Key);
    }

    [Theory]
    [InlineData("metadata.jsonl",
        "{\"file_name\": \"0.png\", \"text\": \"thing 0\"}\n\n{\"file_name\": \"deep/1.png\", \"text\": \"thing 1\"}\n")]
    [InlineData("metadata.csv", "file_name,text\n0.png,thing 0\ndeep/1.png,thing 1\n")]
    [InlineData("metadata.csv", "caption,id,file_name\nthing 0,7,0.png\nthing 1,8,deep/1.png\n")]
    [InlineData("metadata.jsonl",
        "{\"id\": NaN, \"image_file_name\": \"0.png\", \"caption\": \"thing 0\"}\n{\"image_file_name\": \"deep/1.png\", \"captions\": [\"thing 1\"]}\n")]
    public void Captions_in_one_file_belong_to_the_pictures_it_names(string name, string text)
    {
        _folder.Write("photos/train/0.png", OddInputs.Png);
        _folder.Write("photos/train/deep/1.png", OddInputs.Png);
        _folder.Write("photos/train/" + name, text);

        var index = Indexing.Build(_folder["photos"]);

        Assert.Equal(["thing 0", "thing 1"], [index.Captions(0)[0], index.Captions(1)[0]]);
        Assert.Equal("nothing", index.Skips.ToString());
    }

    [Fact]
    public void Lines_of_such_a_file_that_fit_no_picture_or_cannot_be_read_are_counted()
    {
        _folder.Write("photos/0.png", OddInputs.Png);
        _folder.Write("photos/1.png", OddInputs.Png);
        _folder.Write("photos/metadata.jsonl", "{\"file_name\": \"0.png\", \"text\": \"thing 0\"}\n"
            + "{\"file_name\": \"none.png\", \"text\": \"lost\"}\n{broken\n{\"text\": \"no name\"}\n");

        var index = Indexing.Build(_folder["photos"]);

        Assert.Equal((1, "1 NoCaption, 1 NoPicture, 2 BadText"), (index.Count, index.Skips.ToString()));
        Assert.Contains(index.Skips.Losses, loss => loss.Detail.StartsWith("line 3", StringComparison.Ordinal));
    }

    [Fact]
    public void A_side_file_that_is_not_needed_takes_no_picture_away()
    {
        _folder.Write("photos/cat.jpg", OddInputs.Jpeg);
        _folder.Write("photos/cat.json", "{broken");

        Assert.Equal(1, Pictures().Count);
        Assert.Contains("1 BadText", Assert.Throws<ClipException>(() => Indexing.Build(_folder["photos"])).Message,
            StringComparison.Ordinal);
    }

    private static EnumerationOptions Everything => new() { RecurseSubdirectories = true, AttributesToSkip = 0 };

    private SampleIndex Pictures() => Indexing.Build(_folder["photos"], need: SampleNeed.Picture);

    private static IEnumerable<string> Keys(SampleIndex index) => Enumerable.Range(0, index.Count).Select(index.Key);
}
