using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using ClipSharp.Files.Reading;
using ClipSharp.Weights;
using Parquet;

namespace ClipSharp.Cli.Tests.Commands;

public sealed class EmbedCommandTests : IDisposable
{
    private readonly ColourModel _model = new();

    public void Dispose() => _model.Dispose();

    [Theory]
    [InlineData(100, "float32")]
    [InlineData(6, "float32")]
    [InlineData(6, "float16")]
    public async Task Row_i_is_the_same_item_in_every_file_round_broken_pictures_which_are_listed(int shardSize, string dtype)
    {
        int[] broken = [0, 3, 7, 8, 9, 10, 11, 19];
        var split = ColourPictures.WriteSplit(_model.Folder, 20, broken);
        Assert.Equal(0, await _model.Run("embed", "--images", split, "--out", _model.Folder["out"], "--batch-size", "4",
            "--enable-text", "--caption-lines", "--write-batch-size", $"{shardSize}", "--dtype", dtype));
        var shards = (20 + shardSize - 1) / shardSize;
        Assert.Equal($"12 images, vectors of 4 in {shards} {(shards == 1 ? "shard" : "shards")}: DIR/out\n", _model.Output);
        Assert.Matches(@"^20 images in \d+\.\d s, [\d,]+/s: 12 encoded, 8 left out\nleft out: 8, see DIR/out/left-out.jsonl\n$", _model.Error);

        var seen = new List<int>();
        for (var shard = 0; shard < shards; shard++)
        {
            var (images, texts) = (Matrix($"out/img_emb/img_emb_{shard}.npy", dtype),
                Matrix($"out/text_emb/text_emb_{shard}.npy", dtype));
            var rows = await Metadata($"out/metadata/metadata_{shard}.parquet");
            Assert.Equal([rows["key"].Length, 4L], images.Shape);
            Assert.Equal(images.Shape, texts.Shape);
            for (var row = 0; row < images.Shape[0]; row++)
            {
                var item = int.Parse(rows["key"][row]!, System.Globalization.CultureInfo.InvariantCulture);
                seen.Add(item);
                Assert.True(images.Values[(row * 4) + (item % 3)] > 0.99f);
                Assert.True(texts.Values[(row * 4) + (item % 3)] > 0.99f);
                Assert.Equal(1, images.Values[(row * 4)..((row + 1) * 4)].Sum(x => (double)x * x),
                    dtype == "float16" ? 2e-3 : 1e-6);
                Assert.Equal($"a {ColourPictures.Names[item % 3]} square", rows["caption"][row]);
                Assert.Equal(rows["key"][row], rows["image_path"][row]);
                Assert.EndsWith("0.tar", rows["shard"][row], StringComparison.Ordinal);
            }
        }

        Assert.Equal(Enumerable.Range(0, 20).Except(broken), seen);
        var skipped = Lines("out/left-out.jsonl");
        Assert.Equal(broken, skipped.Select(line => int
            .Parse(line.GetProperty("key").GetString()!, System.Globalization.CultureInfo.InvariantCulture)));
        Assert.All(skipped, line => Assert.Equal("NotAPicture", line.GetProperty("reason").GetString()));
    }

    [Fact]
    public async Task A_failing_disk_ends_the_work_or_where_asked_costs_a_picture_which_is_told()
    {
        _model.Picture("a.png", 0);
        _model.Picture("b.png", 1);
        var seen = 0;
        SteadyRead.Trial.Value = new ReadTrial(
            path =>
            {
                if (path.EndsWith("b.png", StringComparison.Ordinal) && seen++ > 0) // it is there, and cannot be read
                {
                    throw new IOException("the disk is away");
                }
            },
            _ => { });
        string[] call = ["embed", "--images", _model.Folder["a.png"], _model.Folder["b.png"], "-o", _model.Folder["out"]];

        Assert.Equal(74, await _model.Run(call));
        Assert.Contains("Reading failed (DIR/b.png): found the disk is away", _model.Error, StringComparison.Ordinal);

        seen = 0;
        Assert.Equal(0, await _model.Run([.. call, "--skip-read-errors"]));
        Assert.Contains("left out, as it could not be read: DIR/b.png", _model.Error, StringComparison.Ordinal);
        Assert.StartsWith("1 images, vectors of 4", _model.Output, StringComparison.Ordinal);
        Assert.Contains("left out: 1, see DIR/out/left-out.jsonl", _model.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Greys_of_sixteen_bits_that_become_white_are_counted()
    {
        var grey = SharedFiles.Fixture("pixels/source/png-grey16-100x80.png");
        _model.Picture("a.png", 0);
        string[] call = ["embed", "--images", _model.Folder["a.png"], grey, "-o"];

        Assert.Equal(0, await _model.Run([.. call, _model.Folder["out"], "--compat", "openai"]));
        Assert.Contains("16-bit grey: of 1 picture all above 255 is white", _model.Error, StringComparison.Ordinal);

        Assert.Equal(0, await _model.Run([.. call, _model.Folder["kept"], "--compat", "clipsharp"]));
        Assert.DoesNotContain("16-bit", _model.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stopped_run_goes_on_behind_its_last_whole_shard()
    {
        var split = ColourPictures.WriteSplit(_model.Folder, 20, broken: [1, 7, 18]);
        string[] whole = ["embed", "--images", split, "-o", _model.Folder["whole"], "--write-batch-size", "2"];
        string[] again = ["embed", "--images", split, "-o", _model.Folder["again"], "--write-batch-size", "2"];
        await _model.Run(whole);
        await _model.Run(again);
        Assert.True(File.Exists(_model.Folder["again/img_emb/img_emb_00.npy"])); // ten shards: two digits

        // As if it had been stopped while writing the fifth shard.
        var manifest = JsonNode.Parse(File.ReadAllText(_model.Folder["again/embedding.json"]))!;
        var shards = manifest["shards"]!.AsArray();
        while (shards.Count > 4)
        {
            shards.RemoveAt(4);
        }

        File.WriteAllText(_model.Folder["again/embedding.json"], manifest.ToJsonString());
        for (var shard = 4; shard < 10; shard++)
        {
            File.Delete(_model.Folder[$"again/metadata/metadata_0{shard}.parquet"]);
        }

        // The ledger is as it was after the fourth shard.
        File.WriteAllLines(_model.Folder["again/left-out.jsonl"], File.ReadAllLines(_model.Folder["again/left-out.jsonl"])[..2]);
        File.WriteAllText(_model.Folder["again/img_emb/img_emb_04.npy"], "half");
        var untouched = File.GetLastWriteTimeUtc(_model.Folder["again/img_emb/img_emb_03.npy"]);

        Assert.Equal(0, await _model.Run(again));
        Assert.StartsWith("8 of 20 images are there already\n12 images in ", _model.Error, StringComparison.Ordinal);
        Assert.Equal("17 images, vectors of 4 in 10 shards: DIR/again\n", _model.Output);
        Assert.Equal(untouched, File.GetLastWriteTimeUtc(_model.Folder["again/img_emb/img_emb_03.npy"]));
        var files = Directory.GetFiles(_model.Folder["whole"], "*", SearchOption.AllDirectories);
        Assert.Equal(10 + 10 + 1 + 1, files.Length);
        foreach (var file in files)
        {
            var other = file.Replace(_model.Folder["whole"], _model.Folder["again"], StringComparison.Ordinal);
            Assert.True(File.ReadAllBytes(file).AsSpan().SequenceEqual(File.ReadAllBytes(other)), file);
        }

        Assert.Equal(0, await _model.Run(again));
        Assert.Equal("20 of 20 images are there already\nleft out: 3, see DIR/again/left-out.jsonl\n", _model.Error);
    }

    [Theory]
    [InlineData("dtype", "--dtype", "float16")]
    [InlineData("write-batch-size", "--write-batch-size", "3")]
    [InlineData("preprocessing", "--compat", "huggingface")]
    [InlineData("preprocessing", "--jpeg-draft")]
    [InlineData("content", "--enable-text")]
    public async Task Other_vectors_are_never_mixed_in(string difference, params string[] changed)
    {
        var split = ColourPictures.WriteSplit(_model.Folder, 4);
        string[] arguments = ["embed", "--images", split, "-o", _model.Folder["out"]];
        await _model.Run(arguments);
        var before = File.ReadAllText(_model.Folder["out/embedding.json"]);

        Assert.Equal(73, await _model.Run([.. arguments, .. changed]));
        Assert.Contains($"another {difference}", _model.Error, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllText(_model.Folder["out/embedding.json"]));
    }

    [Fact]
    public async Task Vectors_that_are_no_numbers_are_refused_by_their_picture_and_the_tensor()
    {
        TinyModel.Spoil(_model.Folder["model/open_clip_model.safetensors"], "visual.proj");
        var (output, error) = (new StringWriter(), new StringWriter());
        Assert.Equal(65, await CommandLine.Run(Program.Root(), ["embed", "-m", _model.Folder["model"], "--images",
            _model.Picture("r.png", 0), "-o", _model.Folder["out"]], output, error));
        Assert.Contains("r.png): found NaN", error.ToString(), StringComparison.Ordinal);
        Assert.Contains("hold NaN or infinity in visual.proj", error.ToString(), StringComparison.Ordinal);
        Assert.False(Directory.Exists(_model.Folder["out/img_emb"]));
    }

    [Fact]
    public async Task Captions_that_are_cut_are_noted_or_refused()
    {
        var texts = _model.Text("texts.txt", "red\n" + string.Join(' ', Enumerable.Repeat("red", 20)) + "\n");
        Assert.Equal(65, await _model.Run("embed", "--texts", texts, "-o", _model.Folder["out"], "--strict"));
        Assert.Equal(0, await _model.Run("embed", "--texts", texts, "-o", _model.Folder["out"]));
        Assert.StartsWith("cut to the model's 16 tokens: 1 of 2 texts, the first text 2, 22 tokens", _model.Error,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Vectors_of_other_data_are_never_mixed_in()
    {
        Assert.Equal(0, await _model.Run("embed", "--texts", _model.Text("a.txt", "red\nblue"), "-o", _model.Folder["out"]));
        Assert.Equal(73, await _model.Run("embed", "--texts", _model.Text("b.txt", "redblue"), "-o", _model.Folder["out"]));
        Assert.Contains("another data", _model.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Texts_have_their_lines_as_metadata()
    {
        var texts = _model.Text("texts.txt", "something blue\nsomething red \"quoted\"\n");
        Assert.Equal(0, await _model.Run("embed", "--texts", texts, "-o", _model.Folder["out"]));
        Assert.Equal("2 texts, vectors of 4 in 1 shard: DIR/out\n", _model.Output);
        Assert.Equal(["something blue", "something red \"quoted\""],
            (await Metadata("out/metadata/metadata_0.parquet"))["caption"]);
        Assert.True(Matrix("out/text_emb/text_emb_0.npy").Values[2] > 0.99f);
        Assert.False(Directory.Exists(_model.Folder["out/img_emb"]));
        Assert.False(File.Exists(_model.Folder["out/left-out.jsonl"]));
    }

    [Fact]
    public async Task Files_folders_and_tables_may_be_given()
    {
        Directory.CreateDirectory(_model.Folder["photos/deep"]);
        _model.Picture("photos/deep/r.png", 0);
        Assert.Equal(0, await _model.Run("embed", "--images", _model.Folder["photos"], "-o", _model.Folder["one"]));
        var one = await Metadata("one/metadata/metadata_0.parquet");
        Assert.Equal("deep/r.png", one["key"].Single());
        Assert.Equal([null], one["caption"]);
        Assert.Equal([null], one["shard"]);

        Assert.Equal(0, await _model.Run("embed", "--images", _model.Picture("b.png", 2), _model.Picture("g.png", 1), "-o",
            _model.Folder["two"]));
        Assert.Equal([_model.Folder["b.png"], _model.Folder["g.png"]],
            (await Metadata("two/metadata/metadata_0.parquet"))["image_path"]);

        var table = _model.Text("list.csv", "file,words\nb.png,something blue\n");
        Assert.Equal(0, await _model.Run("embed", "--images", table, "--csv-img-key", "file", "--csv-caption-key", "words",
            "--csv-separator", ",", "--enable-text", "-o", _model.Folder["three"]));
        Assert.Equal(["something blue"], (await Metadata("three/metadata/metadata_0.parquet"))["caption"]);
    }

    [Fact]
    public async Task Pictures_of_which_none_can_be_used_are_an_error_with_a_list()
    {
        Assert.Equal(65, await _model.Run("embed", "--images", _model.Text("a.png", "<html>"), "-o", _model.Folder["out"]));
        Assert.Contains("Nothing could be encoded", _model.Error, StringComparison.Ordinal);
        Assert.Single(Lines("out/left-out.jsonl"));
    }

    [Fact]
    public async Task A_folder_in_use_is_not_touched()
    {
        Directory.CreateDirectory(_model.Folder["out"]);
        File.WriteAllText(_model.Folder["out/letter.txt"], "dear");
        Assert.Equal(73, await _model.Run("embed", "--texts", _model.Text("t.txt", "red"), "-o", _model.Folder["out"]));
        Assert.Equal([_model.Folder["out/letter.txt"]], Directory.GetFileSystemEntries(_model.Folder["out"]));
    }

    [Theory]
    [InlineData(64, "Give either --images or --texts")]
    [InlineData(64, "Give either --images or --texts", "--images", "x.png", "--texts", "x")]
    [InlineData(64, "--write-batch-size must be 1 or more", "--texts", "x", "--write-batch-size", "0")]
    [InlineData(64, "--batch-size must be 1 or more", "--texts", "x", "--batch-size", "0")]
    [InlineData(66, "none.png", "--images", "none.png")]
    [InlineData(66, "none.txt", "--texts", "none.txt")]
    public async Task Inputs_that_cannot_be_used_are_refused(int code, string message, params string[] arguments)
    {
        Assert.Equal(code, await _model.Run(["embed", "-o", _model.Folder["out"], .. arguments]));
        Assert.Contains(message, _model.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_model.Folder["out"]));
    }

    private (long[] Shape, float[] Values) Matrix(string name, string dtype = "float32")
    {
        var array = Npy.Read(_model.Folder[name]);
        Assert.Equal(dtype == "float16" ? TensorType.F16 : TensorType.F32, array.Type);
        return (array.Shape, dtype == "float16"
            ? [.. MemoryMarshal.Cast<byte, Half>(array.Bytes).ToArray().Select(value => (float)value)]
            : MemoryMarshal.Cast<byte, float>(array.Bytes).ToArray());
    }

    private async Task<Dictionary<string, string?[]>> Metadata(string name)
    {
        await using var reader = await ParquetReader.CreateAsync(_model.Folder[name]);
        var columns = new Dictionary<string, string?[]>();
        using var rows = reader.OpenRowGroupReader(0);
        foreach (var field in reader.Schema.DataFields)
        {
            var values = new string?[rows.RowCount];
            await rows.ReadAsync(field, values.AsMemory());
            columns[field.Name] = values;
        }

        return columns;
    }

    private List<JsonElement> Lines(string name) =>
        [.. File.ReadLines(_model.Folder[name]).Select(line => JsonDocument.Parse(line).RootElement)];
}
