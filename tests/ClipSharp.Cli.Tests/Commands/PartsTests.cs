using ClipSharp.Cli.Tests.Crashes;
using ClipSharp.Data;
using ClipSharp.Files;
using ClipSharp.Parts;

namespace ClipSharp.Cli.Tests.Commands;

/// <summary><c>--part</c> of embed, eval and index: what parts make is what one process makes, and nothing is lost
/// unseen.</summary>
public sealed class PartsTests : IDisposable
{
    private readonly ColourModel _model = new();
    private readonly string _split;

    public PartsTests()
    {
        _split = ColourPictures.WriteSplit(_model.Folder, 20, broken: [0, 3, 7, 8, 9, 10, 11, 19]);
        ShardWriter.Write(Path.Combine(_split, "1.tar"), [new("alone", "txt", "no picture"u8.ToArray())]);
    }

    public void Dispose()
    {
        DurableStorage.Watch.Value = null;
        _model.Dispose();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(9)] // more than there are shards
    public async Task Vectors_of_parts_are_those_of_one_process_byte_for_byte(int count)
    {
        Assert.Equal(0, await Embed("whole"));
        foreach (var number in Enumerable.Range(1, count).Reverse())
        {
            Assert.Equal(0, await Embed("out", "--part", $"{number}/{count}"));
        }

        Assert.False(File.Exists(_model.Folder["out/embedding.json"]));
        Assert.Equal(0, await Embed("out", "--part", "merge"));
        Assert.Equal("12 images, vectors of 4 in 7 shards: DIR/out\n", _model.Output);
        Assert.Equal("left out while reading: 1 NoPicture\nleft out: 9, see DIR/out/left-out.jsonl\n", _model.Error);
        Assert.Equal(Files("whole"), Files("out"));
        Assert.Equal(0, await Embed("out", "--part", "merge")); // again: it is done
        Assert.Equal(Files("whole"), Files("out"));
    }

    [Fact]
    public async Task A_part_that_was_killed_goes_on_behind_its_last_whole_shard()
    {
        await Embed("whole");
        await Embed("out", "--part", "2/2");
        DurableStorage.Watch.Value = operation =>
        {
            if (operation.Path.Contains("img_emb_2", StringComparison.Ordinal))
            {
                throw new IOException("the end");
            }
        };
        Assert.NotEqual(0, await Embed("out", "--part", "1/2"));
        DurableStorage.Watch.Value = null;
        Assert.Equal(66, await Embed("out", "--part", "merge"));
        Assert.Contains("(DIR/out/parts): found not 1/2, expected all 2.", _model.Error, StringComparison.Ordinal);

        Assert.Equal(0, await Embed("out", "--part", "1/2"));
        Assert.Contains("6 of 9 images are there already", _model.Error, StringComparison.Ordinal);
        Assert.Equal(0, await Embed("out", "--part", "1/2")); // the same part again
        Assert.Contains("9 of 9 images are there already", _model.Error, StringComparison.Ordinal);
        Assert.Equal(0, await Embed("out", "--part", "merge"));
        Assert.Equal(Files("whole"), Files("out"));
    }

    [Fact]
    public async Task Missing_parts_are_named_by_the_merge()
    {
        Assert.Equal(66, await Embed("out", "--part", "merge"));
        Assert.Contains("There are no parts", _model.Error, StringComparison.Ordinal);
        await Embed("out", "--part", "2/4");
        Assert.Equal(66, await Embed("out", "--part", "merge"));
        Assert.Contains("found not 1/4, 3/4, 4/4, expected all 4", _model.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Parts_of_another_model_or_data_are_refused_where_they_begin()
    {
        await Embed("out", "--part", "1/2");
        var model = _model.Model;
        TinyModel.Write(_model.Folder["other"], seed: 1);
        _model.Model = "other";
        Assert.Equal(73, await Embed("out", "--part", "2/2"));
        Assert.Contains("(DIR/out/parts/1-of-2): found another model", _model.Error, StringComparison.Ordinal);

        _model.Model = model;
        ColourPictures.WriteSplit(_model.Folder, 21);
        Assert.Equal(73, await Embed("out", "--part", "1/2"));
        Assert.Contains("found another data", _model.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_division_is_refused()
    {
        await Embed("out", "--part", "1/2");
        Assert.Equal(73, await Embed("out", "--part", "2/3"));
        Assert.Contains("found part 1/2, expected parts of 3", _model.Error, StringComparison.Ordinal);
        Assert.Equal(64, await Embed("new", "--part", "3/2"));
        Assert.False(Directory.Exists(_model.Folder["new"]));
    }

    [Fact]
    public async Task Parts_and_whole_work_do_not_mix_in_a_folder()
    {
        await Embed("out", "--part", "1/2");
        Assert.Equal(73, await Embed("out"));
        Assert.Contains("The folder holds parts", _model.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_part_is_refused_in_a_folder_of_whole_work()
    {
        await Embed("whole");
        Assert.Equal(73, await Embed("whole", "--part", "1/2"));
        Assert.Contains("The folder is no folder of parts", _model.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_same_part_at_once_is_refused()
    {
        await Embed("out", "--part", "1/2");
        using var other = new PartFolder(_model.Folder["out/parts"]).Hold(new WorkPart(2, 2));
        Assert.Equal(73, await Embed("out", "--part", "2/2"));
        Assert.Contains("no other process that makes this part", _model.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_table_of_other_rows_is_found_by_the_merge()
    {
        await Embed("out", "--part", "1/1");
        var (from, to) = (_model.Folder["out/metadata/metadata_5.parquet"], _model.Folder["out/metadata/metadata_2.parquet"]);
        File.Copy(from, to, overwrite: true);
        Assert.Equal(65, await Embed("out", "--part", "merge"));
        Assert.Contains("metadata_2.parquet): found 3 rows, expected 1", _model.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Parts_of_two_models_that_began_at_once_are_refused_by_the_merge()
    {
        await Embed("out", "--part", "1/2");
        var model = _model.Model;
        TinyModel.Write(_model.Folder["other"], seed: 1);
        _model.Model = "other";
        await Embed("apart", "--part", "2/2");
        Directory.Move(_model.Folder["apart/parts/2-of-2"], _model.Folder["out/parts/2-of-2"]);
        _model.Model = model;
        Assert.Equal(73, await Embed("out", "--part", "merge"));
        Assert.Contains("(DIR/out/parts/2-of-2): found another model", _model.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("img_emb/img_emb_0.npy")]
    [InlineData("text_emb/text_emb_5.npy")]
    [InlineData("metadata/metadata_2.parquet")]
    public async Task A_file_that_was_lost_or_cut_is_found_by_the_merge(string name)
    {
        await Embed("out", "--part", "1/2");
        await Embed("out", "--part", "2/2");
        var file = File.ReadAllBytes(_model.Folder["out/" + name]);
        File.WriteAllBytes(_model.Folder["out/" + name], file[..^4]);
        Assert.Equal(65, await Embed("out", "--part", "merge"));
        Assert.Contains($"(DIR/out/{name})", _model.Error, StringComparison.Ordinal);
        File.Delete(_model.Folder["out/" + name]);
        Assert.Equal(65, await Embed("out", "--part", "merge"));
        File.WriteAllBytes(_model.Folder["out/" + name], file);
        Assert.Equal(0, await Embed("out", "--part", "merge"));
    }

    [Fact]
    public async Task A_row_more_or_less_in_a_part_is_found_by_the_merge()
    {
        await Embed("out", "--part", "1/1");
        var manifest = _model.Folder["out/parts/1-of-1/embedding.json"];
        var text = File.ReadAllText(manifest);
        var shard = text.IndexOf("\"rows\": 2", StringComparison.Ordinal);
        File.WriteAllText(manifest, text[..shard] + "\"rows\": 1" + text[(shard + 9)..]);
        Assert.Equal(65, await Embed("out", "--part", "merge"));
        Assert.Contains("expected 3 items in shard", _model.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Texts_are_divided_too()
    {
        var texts = _model.Text("texts.txt", string.Join('\n', Enumerable.Range(0, 11).Select(i => $"a red square {i}")));
        string[] line = ["embed", "--texts", texts, "--write-batch-size", "2", "-o"];
        await _model.Run([.. line, _model.Folder["whole"]]);
        foreach (var part in (string[])["2/2", "1/2", "merge"])
        {
            Assert.Equal(0, await _model.Run([.. line, _model.Folder["out"], "--part", part]));
        }

        Assert.Equal(Files("whole"), Files("out"));
    }

    [Theory]
    [InlineData("embed")]
    [InlineData("index")]
    public async Task A_merge_that_the_disk_ends_at_any_operation_is_run_again_and_nothing_is_lost(string command)
    {
        Task<int> Run(string part) => command == "embed" ? Embed("made/out", "--part", part) : Index("made/out", "--part", part);
        Assert.Equal(0, command == "embed" ? await Embed("whole") : await Index("whole"));
        await Run("1/2");
        await Run("2/2");
        Directory.Move(_model.Folder["made"], _model.Folder["parts"]);
        for (var failing = 0; ; failing++)
        {
            Copy("parts", "made");
            var disk = new FaultyDisk(failing, isFull: failing % 2 == 0);
            DurableStorage.Watch.Value = disk.Watch;
            var code = await Run("merge");
            DurableStorage.Watch.Value = null;
            if (disk.Failed is null)
            {
                Assert.Equal(0, code);
                Assert.True(failing > 3);
                break;
            }

            Assert.True(code != 0, $"operation {failing}");
            code = await Run("merge");
            Assert.True(code == 0, $"operation {failing}: {code} {_model.Error}");
            Assert.Equal(Files("whole"), Files("made/out"));
            Directory.Delete(_model.Folder["made"], recursive: true);
        }
    }

    [Fact]
    public async Task Figures_of_parts_are_those_of_one_process()
    {
        string[] line = ["eval", "--data", _split, "--task", "zeroshot", "retrieval", "--json", "--feature-root"];
        Assert.Equal(0, await _model.Run([.. line, "none"]));
        var whole = _model.Output;
        Assert.Equal(66, await _model.Run([.. line, _model.Folder["kept"], "--part", "merge"]));
        Assert.Contains("No part of these features is there", _model.Error, StringComparison.Ordinal);
        Assert.Equal(0, await _model.Run([.. line, _model.Folder["kept"], "--part", "1/2"]));
        Assert.Equal("", _model.Output);
        Assert.Equal(66, await _model.Run([.. line, _model.Folder["kept"], "--part", "merge"]));
        Assert.Contains("found not 2/2, expected all 2", _model.Error, StringComparison.Ordinal); // a block is of the second
        Assert.Equal(0, await _model.Run([.. line, _model.Folder["kept"], "--part", "2/2"]));
        Assert.Contains("20 images of part 2/2 are encoded", _model.Error, StringComparison.Ordinal);
        Assert.Equal(0, await _model.Run([.. line, _model.Folder["kept"], "--part", "merge"]));
        Assert.Equal(whole, _model.Output);

        TinyModel.Write(_model.Folder["other"], seed: 1);
        _model.Model = "other";
        Assert.Equal(66, await _model.Run([.. line, _model.Folder["kept"], "--part", "merge"]));
        Assert.Equal(74, await _model.Run([.. line, "none", "--part", "1/2"]));
        Assert.Contains("The features of a part cannot be kept", _model.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--compact")]
    [InlineData("--ann")]
    public async Task What_needs_the_whole_index_goes_with_the_merge(string option)
    {
        Assert.Equal(64, await Index("out", "--part", "1/1", option));
        Assert.Contains("(--part): found " + option, _model.Error, StringComparison.Ordinal);
        Assert.Equal(0, await Index("out", "--part", "1/1"));
        Assert.Equal("12 images in part 1/1 of DIR/out: 12 new, 0 changed, 0 moved, 0 gone, 0 as they were\n", _model.Output);
        Assert.Equal(0, await Index("out", "--part", "merge", option));
        Assert.Equal("12 images in DIR/out: 12 new, 0 changed, 0 moved, 0 gone, 0 as they were\n", _model.Output);
    }

    private Task<int> Embed(string folder, params string[] more) => _model.Run(["embed",
        "--images", Path.Combine(_split, "{0..1}.tar"), "-o", _model.Folder[folder], "--enable-text", "--caption-lines", "--write-batch-size", "3", "--batch-size", "2", .. more]);

    private Task<int> Index(string folder, params string[] more) =>
        _model.Run(["index", _split, "--index", _model.Folder[folder], .. more]);

    private List<(string, string)> Files(string folder) =>
        [.. Directory.EnumerateFiles(_model.Folder[folder], "*", SearchOption.AllDirectories)
            .Select(path => (Path.GetRelativePath(_model.Folder[folder], path), Convert.ToHexString(File.ReadAllBytes(path))))
            .Order()];

    private void Copy(string from, string to)
    {
        foreach (var file in Directory.EnumerateFiles(_model.Folder[from], "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(_model.Folder[to], Path.GetRelativePath(_model.Folder[from], file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }
}
