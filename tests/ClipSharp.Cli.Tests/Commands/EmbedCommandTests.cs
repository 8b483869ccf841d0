using System.Runtime.InteropServices;
using System.Text.Json;
using ClipSharp.Weights;

namespace ClipSharp.Cli.Tests.Commands;

public sealed class EmbedCommandTests : IDisposable
{
    private readonly ColourModel _model = new();

    public void Dispose() => _model.Dispose();

    [Fact]
    public async Task Row_i_is_line_i_round_broken_pictures_which_are_listed()
    {
        var split = ColourPictures.WriteSplit(_model.Folder, 20, broken: [0, 3, 7, 8, 9, 10, 11, 19]);
        Assert.Equal(0, await _model.Run("embed", "--images", split, "--out", _model.Folder["out"], "--batch-size", "4"));
        Assert.Equal("12 pictures and 0 texts, vectors of 4: DIR/out\n", _model.Output);
        Assert.Equal("left out: 8, see DIR/out/skipped.jsonl\n", _model.Error);

        var (vectors, lines) = (Matrix("out/img_emb/img_emb_0.npy"), Lines("out/metadata/metadata_0.jsonl"));
        Assert.Equal([12L, 4L], vectors.Shape);
        Assert.Equal(12, lines.Count);
        for (var row = 0; row < 12; row++)
        {
            var colour = int.Parse(lines[row].GetProperty("key").GetString()!,
                System.Globalization.CultureInfo.InvariantCulture) % 3;
            Assert.True(vectors.Values[(row * 4) + colour] > 0.99f);
            Assert.Equal(1, vectors.Values[(row * 4)..((row + 1) * 4)].Sum(x => (double)x * x), 1e-6);
            Assert.Equal($"a {ColourPictures.Names[colour]} square", lines[row].GetProperty("captions")[0].GetString());
            Assert.EndsWith("0.tar", lines[row].GetProperty("image_path").GetString(), StringComparison.Ordinal);
        }

        var skipped = Lines("out/skipped.jsonl");
        Assert.Equal(["000", "003", "007", "008", "009", "010", "011", "019"],
            skipped.Select(line => line.GetProperty("key").GetString()));
        Assert.All(skipped, line => Assert.Equal("NotAPicture", line.GetProperty("reason").GetString()));
    }

    [Fact]
    public async Task Files_and_texts_may_be_given_together()
    {
        var texts = _model.Text("texts.txt", "something blue\nsomething red \"quoted\"\n");
        Assert.Equal(0, await _model.Run("embed", "--images", _model.Picture("b.png", 2), _model.Picture("g.png", 1), "--texts",
            texts, "-o", _model.Folder["out"]));
        Assert.Equal("2 pictures and 2 texts, vectors of 4: DIR/out\n", _model.Output);
        Assert.Equal([_model.Folder["b.png"], _model.Folder["g.png"]],
            Lines("out/metadata/metadata_0.jsonl").Select(line => line.GetProperty("key").GetString()));
        Assert.Equal(["something blue", "something red \"quoted\""],
            Lines("out/metadata/text_metadata_0.jsonl").Select(line => line.GetProperty("caption").GetString()));
        Assert.True(Matrix("out/text_emb/text_emb_0.npy").Values[2] > 0.99f);
        Assert.Empty(Lines("out/skipped.jsonl"));
    }

    [Fact]
    public async Task A_folder_of_pictures_may_be_given_and_texts_alone_too()
    {
        Directory.CreateDirectory(_model.Folder["photos/deep"]);
        _model.Picture("photos/deep/r.png", 0);
        Assert.Equal(0, await _model.Run("embed", "--images", _model.Folder["photos"], "-o", _model.Folder["one"]));
        Assert.Equal("deep/r.png", Lines("one/metadata/metadata_0.jsonl").Single().GetProperty("key").GetString());
        Assert.Equal(0, await _model.Run("embed", "--texts", _model.Text("t.txt", "red"), "-o", _model.Folder["two"]));
        Assert.False(Directory.Exists(_model.Folder["two/img_emb"]));
    }

    [Fact]
    public async Task A_folder_that_exists_is_not_touched()
    {
        Directory.CreateDirectory(_model.Folder["out"]);
        Assert.Equal(73, await _model.Run("embed", "--texts", _model.Text("t.txt", "red"), "-o", _model.Folder["out"]));
        Assert.Empty(Directory.GetFileSystemEntries(_model.Folder["out"]));
    }

    [Theory]
    [InlineData(64, "Give --images, --texts or both")]
    [InlineData(64, "--batch-size must be 1 or more", "--texts", "x", "--batch-size", "0")]
    [InlineData(66, "none.png", "--images", "none.png")]
    [InlineData(66, "none.txt", "--texts", "none.txt")]
    public async Task Inputs_that_cannot_be_used_are_refused(int code, string message, params string[] arguments)
    {
        Assert.Equal(code, await _model.Run(["embed", "-o", _model.Folder["out"], .. arguments]));
        Assert.Contains(message, _model.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_model.Folder["out"]));
    }

    private (long[] Shape, float[] Values) Matrix(string name)
    {
        var array = Npy.Read(_model.Folder[name]);
        Assert.Equal(TensorType.F32, array.Type);
        return (array.Shape, MemoryMarshal.Cast<byte, float>(array.Bytes).ToArray());
    }

    private List<JsonElement> Lines(string name) =>
        [.. File.ReadLines(_model.Folder[name]).Select(line => JsonDocument.Parse(line).RootElement)];
}
