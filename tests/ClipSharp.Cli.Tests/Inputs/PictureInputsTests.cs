using System.Text.Json;
using ClipSharp.Cli.Tests.Commands;

namespace ClipSharp.Cli.Tests.Inputs;

public sealed class PictureInputsTests : IDisposable
{
    private readonly ColourModel _model = new();

    public PictureInputsTests()
    {
        Directory.CreateDirectory(_model.Folder["photos/deep/er"]);
        _model.Picture("photos/b.png", 2);
        _model.Picture("photos/a.png", 0);
        _model.Picture("photos/deep/c.PNG", 1);
        _model.Picture("photos/deep/er/d.png", 1);
        _model.Text("photos/b.txt", "a caption");
        _model.Text("photos/notes.md", "# Notes");
    }

    public void Dispose() => _model.Dispose();

    [Theory]
    [InlineData("photos", "photos/a.png,photos/b.png,photos/deep/c.PNG,photos/deep/er/d.png")]
    [InlineData("photos/*.png", "photos/a.png,photos/b.png")]
    [InlineData("photos/?.png", "photos/a.png,photos/b.png")]
    [InlineData("photos/**/*.png", "photos/a.png,photos/b.png,photos/deep/er/d.png")]
    [InlineData("photos/d*/er", "photos/deep/er/d.png")]
    [InlineData("photos/b.png", "photos/b.png")]
    public async Task Folders_and_patterns_are_their_pictures(string given, string expected)
    {
        Assert.Equal(0, await Name("-i", _model.Folder[given]));
        Assert.Equal(expected, string.Join(',', Named()));
    }

    [Fact]
    public async Task What_a_folder_holds_besides_is_counted()
    {
        Assert.Equal(0, await Name("-i", _model.Folder["photos"]));
        Assert.Equal("left out in DIR/photos: 1 OtherFile, the first notes.md\n", _model.Error);
    }

    [Fact]
    public async Task Texts_of_no_picture_are_counted_and_captions_are_not()
    {
        _model.Text("photos/readme.txt", "a text of no picture");
        _model.Text("photos/settings.json", "{}");
        _model.Text("photos/metadata.jsonl", "");
        Assert.Equal(0, await Name("-i", _model.Folder["photos"]));
        Assert.Equal("left out in DIR/photos: 3 OtherFile, the first notes.md\n", _model.Error);
    }

    [Theory]
    [InlineData("photos/b.png\nphotos/deep\n")]
    [InlineData("photos/b.png\r\n\r\nphotos/deep")]
    [InlineData("photos/b.png\0photos/deep\0")]
    public async Task A_dash_is_a_list_on_stdin(string list)
    {
        FromStdin(list.Replace("photos", _model.Folder["photos"], StringComparison.Ordinal));
        Assert.Equal(0, await Name("-i", "-", _model.Folder["photos/a.png"]));
        Assert.Equal("photos/b.png,photos/deep/c.PNG,photos/deep/er/d.png,photos/a.png", string.Join(',', Named()));
    }

    [Theory]
    [InlineData("none/*.png", "error: No picture fits the pattern (DIR/none/*.png): found nothing, expected at least one file.")]
    [InlineData("cache", "error: The folder holds no picture (DIR/cache): found no file, expected at least one picture")]
    [InlineData("model", "error: The folder holds no picture (DIR/model): found 4 OtherFile, the first DIR/model/")]
    [InlineData("none.png", "error: The picture cannot be read (DIR/none.png): found nothing there")]
    public async Task What_holds_no_picture_is_missing_input(string given, string message)
    {
        Directory.CreateDirectory(_model.Folder["cache"]);
        Assert.Equal(66, await Name("-i", _model.Folder[given]));
        Assert.StartsWith(message, _model.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_other_commands_take_the_same()
    {
        Assert.Equal(0, await _model.Run("similarity", "-i", _model.Folder["photos/*.png"], "-t", "red", "--json"));
        Assert.Equal(2, _model.Output.TrimEnd().Split('\n').Length);

        FromStdin($"{_model.Folder["photos/a.png"]}\n{_model.Folder["photos/b.png"]}\n");
        Assert.Equal(0, await _model.Run("embed", "--images", "-", "-o", _model.Folder["vectors"]));
        Assert.StartsWith("2 images", _model.Output, StringComparison.Ordinal);

        FromStdin("red\nblue\n");
        Assert.Equal(0, await _model.Run("embed", "--texts", "-", "-o", _model.Folder["texts"]));
        Assert.StartsWith("2 texts", _model.Output, StringComparison.Ordinal);

        using var output = new StringWriter { NewLine = "\n" };
        Assert.Equal(0, await CommandLine.Run(Program.Root(),
            ["preprocess", _model.Folder["photos"], "--size", "8", "-o", _model.Folder["seen"]], output, TextWriter.Null));
        Assert.Equal(8, output.ToString().TrimEnd().Split('\n').Length);
    }

    private static void FromStdin(string text) => Console.SetIn(new StringReader(text));

    private Task<int> Name(params string[] pictures) =>
        _model.Run(["zeroshot", .. pictures, "--labels", "red,green,blue", "--json"]);

    private IEnumerable<string> Named() => _model.Output.TrimEnd().Split('\n')
        .Select(line => JsonDocument.Parse(line).RootElement.GetProperty("image")
            .GetString()!.Replace("DIR/", "", StringComparison.Ordinal));
}
