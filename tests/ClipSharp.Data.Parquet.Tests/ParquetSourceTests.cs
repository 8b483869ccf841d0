using ClipSharp.Data.Batches;
using ClipSharp.Data.Index;
using ClipSharp.Data.Pictures;
using ClipSharp.Data.Sources;
using ClipSharp.Files.Reading;
using ClipSharp.Images;
using ClipSharp.Testing.Odd;
using ClipSharp.Text;

namespace ClipSharp.Data.Parquet.Tests;

/// <summary>A set in Parquet files is the same set as in shards, tables and folders, and what is broken of it is
/// counted.</summary>
public sealed class ParquetSourceTests : IDisposable
{
    private static readonly Row[] Rows = [.. Enumerable.Range(0, 12).Select(i =>
        new Row(ColourPictures.Png(i % 3, i), $"{i:000}.png", [$"a {ColourPictures.Names[i % 3]} square", $"number {i}"],
            i % 3))];

    private readonly TemporaryFolder _folder = new();

    public ParquetSourceTests() => ParquetSource.Add();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Samples_are_those_of_the_same_set_as_a_table_and_as_a_folder()
    {
        await WriteThree("set");
        foreach (var row in Rows)
        {
            Directory.CreateDirectory(_folder["pairs"]);
            await File.WriteAllBytesAsync(_folder[$"pairs/{row.Name}"], row.Picture!, Cancel);
            await File.WriteAllLinesAsync(_folder[$"pairs/{Path.ChangeExtension(row.Name, "txt")}"], row.Captions!, Cancel);
        }

        await File.WriteAllLinesAsync(_folder["pairs.csv"],
            ["image,text", .. Rows.SelectMany(row => row.Captions!.Select(caption => $"pairs/{row.Name},{caption}"))], Cancel);

        var index = Build("set");

        foreach (var other in new[] { Build("pairs.csv"), Build("pairs", new DataOptions { CaptionLines = true }) })
        {
            Assert.Equal(Rows.Length, index.Count);
            Assert.Equal(index.Count, other.Count);
            for (var sample = 0; sample < index.Count; sample++)
            {
                Assert.Equal(Path.GetFileName(other.Key(sample)), index.Key(sample));
                Assert.Equal(other.Captions(sample).ToArray(), index.Captions(sample).ToArray());
                Assert.Equal(other.Picture(sample).Length, index.Picture(sample).Length);
                Assert.Equal(Bytes(other, sample), Bytes(index, sample));
            }
        }

        Assert.Equal(Rows.Select(row => (int)row.Class), Enumerable.Range(0, index.Count).Select(index.Class));
        Assert.Equal(index.Fingerprint, Build("set").Fingerprint);
    }

    [Fact]
    public async Task A_batch_of_training_is_that_of_the_same_set_in_a_shard()
    {
        await WriteThree("set");
        var tar = new TarBuilder();
        foreach (var row in Rows)
        {
            tar.Add(row.Name!, row.Picture!).Add(Path.ChangeExtension(row.Name!, "txt"), string.Join('\n', row.Captions!));
        }

        await File.WriteAllBytesAsync(_folder["0.tar"], tar.Finish(), Cancel);

        var (packed, shard) = (Batches(Build("set")), Batches(Build("0.tar", new DataOptions { CaptionLines = true })));

        Assert.Equal(shard.Select(batch => batch.SampleIds), packed.Select(batch => batch.SampleIds));
        Assert.Equal(shard.Select(batch => batch.Pixels.Values.ToArray()), packed.Select(batch => batch.Pixels.Values.ToArray()));
        Assert.Equal(shard.Select(batch => batch.Tokens.Ids), packed.Select(batch => batch.Tokens.Ids));
    }

    [Fact]
    public async Task Row_groups_and_files_come_in_their_order_and_rows_without_a_picture_or_a_text_are_told()
    {
        await ParquetFiles.WriteHub(_folder["set/b.parquet"], Rows[6..7]);
        await ParquetFiles.WriteHub(_folder["set/a.parquet"],
            [Rows[0], Rows[1] with { Picture = null }, Rows[2] with { Captions = [null] }],
            [Rows[3] with { Picture = [] }, Rows[4] with { Name = null }, Rows[5] with { Captions = [" ", "five"] }]);

        var index = Build("set", need: SampleNeed.Caption);

        Assert.Equal(["000.png", "000000004", "005.png", "006.png"], Enumerable.Range(0, index.Count).Select(index.Key));
        Assert.Equal([0, 4, 5, 0], Enumerable.Range(0, index.Count).Select(sample => index.Picture(sample).Offset));
        Assert.Equal(["five"], index.Captions(2));
        Assert.Equal(
            [
                (SkipReason.NoPicture, "a.parquet", "001.png", "row 1, a path without bytes"),
                (SkipReason.NoCaption, "a.parquet", "002.png", "row 2"),
                (SkipReason.EmptyPicture, "a.parquet", "003.png", "row 3"),
            ],
            index.Skips.Losses.Select(loss => (loss.Reason, Path.GetFileName(loss.File), loss.Key, loss.Detail)));
    }

    [Fact]
    public async Task Columns_are_found_by_usual_names_and_chosen_by_the_options_of_tables()
    {
        await ParquetFiles.WritePlain(_folder["usual.parquet"], "jpg", "caption", Rows);
        await ParquetFiles.WritePlain(_folder["own.parquet"], "photo", "words", Rows);

        var usual = Build("usual.parquet");
        Assert.Equal("a red square", usual.Captions(0)[0]);
        Assert.Contains("pictures are in \"jpg\" and captions in \"caption\"", Assert.Single(usual.Notes), StringComparison.Ordinal);

        var own = Build("own.parquet", new DataOptions { CsvImgKey = "photo", CsvCaptionKey = "words" });
        Assert.Equal(usual.Captions(3).ToArray(), own.Captions(3).ToArray());
        Assert.Empty(own.Notes);

        var refusal = Assert.Throws<ClipException>(() => Build("own.parquet"));
        Assert.Contains("other | photo | thumbnail | words", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("--csv-img-key", refusal.Message, StringComparison.Ordinal);
        refusal = Assert.Throws<ClipException>(() => Build("usual.parquet", new DataOptions { CsvCaptionKey = "words" }));
        Assert.Contains("--csv-caption-key", refusal.Message, StringComparison.Ordinal);
        refusal = Assert.Throws<ClipException>(() => Build("own.parquet", new DataOptions { CsvImgKey = "photo" }));
        Assert.Contains("12 NoCaption", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("columns are other | photo", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Splits_of_one_folder_are_not_mixed()
    {
        await ParquetFiles.WriteHub(_folder["data/train-00000-of-00002.parquet"], Rows[..3]);
        await ParquetFiles.WriteHub(_folder["data/train-00001-of-00002.parquet"], Rows[3..6]);
        await ParquetFiles.WriteHub(_folder["data/test-00000-of-00001.parquet"], Rows[6..]);

        var refusal = Assert.Throws<ClipException>(() => Build("data"));
        Assert.Contains("splits: test, train", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(6, Build("data/train-*.parquet").Count);
        refusal = Assert.Throws<ClipException>(() => Build(""));
        Assert.Contains("Name it: ", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_is_cut_or_none_is_counted_and_the_others_are_read()
    {
        await WriteThree("set");
        var sound = await File.ReadAllBytesAsync(_folder["set/1.parquet"], Cancel);
        await File.WriteAllBytesAsync(_folder["set/0.parquet"], sound[..^9], Cancel);
        await File.WriteAllTextAsync(_folder["set/2.parquet"], "<html>not found</html>", Cancel);

        var index = Build("set");

        Assert.Equal(["004.png", "005.png", "006.png", "007.png"], Enumerable.Range(0, index.Count).Select(index.Key));
        Assert.Equal("1 TruncatedShard, 1 NotAShard", index.Skips.ToString());
        File.Delete(_folder["set/1.parquet"]);
        Assert.Throws<ClipException>(() => Build("set"));
    }

    [Fact]
    public async Task A_damaged_row_group_costs_its_own_rows()
    {
        await ParquetFiles.WriteHub(_folder["0.parquet"], Rows[..4], Rows[4..8], Rows[8..]);
        var bytes = await File.ReadAllBytesAsync(_folder["0.parquet"], Cancel);
        bytes.AsSpan(4, 12).Fill(0xFF); // the first page's head
        await File.WriteAllBytesAsync(_folder["0.parquet"], bytes, Cancel);

        var index = Build("0.parquet");

        Assert.Equal(8, index.Count);
        Assert.Equal("1 CorruptShard", index.Skips.ToString());
        Assert.StartsWith("row group 0, from row 0: it is damaged", index.Skips.Losses[0].Detail, StringComparison.Ordinal);
        Assert.Equal(Rows[4].Picture, Bytes(index, 0));
    }

    [Fact]
    public async Task Any_damage_is_counted_or_refused()
    {
        await ParquetFiles.WriteHub(_folder["0.parquet"], Rows[..2], Rows[2..4]);
        var sound = await File.ReadAllBytesAsync(_folder["0.parquet"], Cancel);
        var read = 0;
        foreach (var (mutant, how) in Mutations.Of(sound, 600))
        {
            await File.WriteAllBytesAsync(_folder["mutant.parquet"], mutant, Cancel);
            try
            {
                var source = new ParquetSource([_folder["mutant.parquet"]], new DataOptions());
                read += SampleIndex.Gather(source, cancel: Cancel).Count;
            }
            catch (ClipException refusal)
            {
                Assert.DoesNotContain(refusal.Message, char.IsControl);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                Assert.Fail($"{how} let {e} out");
            }
        }

        Assert.NotEqual(0, read);
    }

    [Fact]
    public async Task A_file_that_changed_since_it_was_indexed_gives_no_picture()
    {
        var large = Rows.Select(row => row with { Picture = [.. row.Picture!, .. new byte[1000]] }).ToArray();
        await ParquetFiles.WriteHub(_folder["0.parquet"], large);
        var cache = new RowGroupCache(0);
        var rows = new PackedRows(cache, new DataOptions());
        SampleFile state;
        using (var file = new ParquetFile(_folder["0.parquet"]))
        {
            rows.Add(file, ParquetColumns.Of(file.Schema, new DataOptions(), "0.parquet"), 0);
            state = file.State;
        }

        Assert.Equal(large[7].Picture, rows.Read(state, 7)!.Value.ToArray());
        await ParquetFiles.WriteHub(_folder["0.parquet"], Rows[..6], Rows[6..]);
        Assert.NotNull(rows.Read(state, 7)); // still held
        cache.Get(this, 0, () => []); // takes its place
        Assert.Null(rows.Read(state, 7));
    }

    [Fact]
    public async Task A_disk_that_fails_is_read_again_and_then_told()
    {
        await ParquetFiles.WriteHub(_folder["0.parquet"], Rows);
        var index = Build("0.parquet");
        var tries = 0;
        SteadyRead.Trial.Value = new ReadTrial(path =>
            throw (++tries < 100 ? new IOException("the disk is away") : new InvalidOperationException()), _ => { });
        var cold = new ParquetSource([_folder["0.parquet"]], new DataOptions());

        Assert.Equal(Rows[2].Picture, Bytes(index, 2)); // from memory
        var refusal = Assert.Throws<ClipException>(() => SampleIndex.Build(cold, cancel: Cancel));
        Assert.Contains("the disk is away", refusal.Message, StringComparison.Ordinal);
        SteadyRead.Trial.Value = null;
    }

    [Fact]
    public void Row_groups_are_kept_up_to_a_number_of_bytes_those_used_last()
    {
        var cache = new RowGroupCache(25);
        var loaded = new List<int>();
        foreach (var group in new[] { 0, 1, 0, 2, 0, 1, 3, 3 })
        {
            cache.Get(this, group, () =>
            {
                loaded.Add(group);
                return [new byte[group == 3 ? 1000 : 10], null];
            });
        }

        Assert.Equal([0, 1, 2, 1, 3], loaded);
        Assert.Throws<InvalidDataException>(() => cache.Get(this, 9, () => throw new InvalidDataException()));
        Assert.Single(cache.Get(this, 9, () => [null]));
    }

    private async Task WriteThree(string folder)
    {
        await ParquetFiles.WriteHub(_folder[$"{folder}/0.parquet"], Rows[..3], Rows[3..4]);
        await ParquetFiles.WriteHub(_folder[$"{folder}/1.parquet"], Rows[4..8]);
        await ParquetFiles.WriteHub(_folder[$"{folder}/2.parquet"], Rows[8..9], Rows[9..]);
    }

    private SampleIndex Build(string pattern, DataOptions? options = null, SampleNeed need = SampleNeed.CaptionOrClass) =>
        SampleIndex.Build(SampleSources.Open(_folder[pattern], options ?? new DataOptions()), need, cancel: Cancel);

    private static byte[] Bytes(SampleIndex index, int sample)
    {
        using var reader = new PictureReader(index);
        Assert.True(reader.TryRead(sample, out var bytes, out var detail), detail);
        return bytes.ToArray();
    }

    private static List<TrainingBatch> Batches(SampleIndex index)
    {
        var tokenizer = TokenizerTrainer.Train(["a red square", "number 1"], 600);
        using var loader = new BatchLoader(index, new BatchPlan(index, 5, batchSize: 4),
            new TrainingTransform(new AugmentationConfig { Scale = [0.5, 1], Flip = 0.5 }, new PreprocessConfig(), 16), tokenizer,
            16, new BatchLoaderOptions { Workers = 2 });
        return [.. Enumerable.Range(0, 6).Select(_ => loader.Next(Cancel))];
    }
}
