using System.Runtime.InteropServices;
using ClipSharp.Search.Collections;
using ClipSharp.Search.Segments;
using ClipSharp.Search.VectorFiles;
using ClipSharp.Weights;
using Parquet;
using Parquet.Schema;

namespace ClipSharp.Search.Tests.VectorFiles;

public sealed class VectorImportTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Clip _clip;
    private readonly int _width;

    public VectorImportTests()
    {
        var model = TinyModel.Write(_folder["model"]);
        _clip = new Clip(new ColourEncoder(model.LoadTokenizer()), model);
        _width = _clip.Encoder.EmbedDim;
        Vectors(0, Rows(0, 5));
        Metadata(0, Paths(0, 5));
        Vectors(1, Rows(5, 3), TensorType.F16);
        Metadata(1, Paths(5, 3));
    }

    public void Dispose()
    {
        _clip.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Vectors_of_both_formats_are_taken_as_they_are_and_a_second_run_reads_nothing()
    {
        var made = Import();
        var again = Import(withModel: false);

        Assert.Equal(new UpdateSummary { Pictures = 8, New = 8 }, made);
        Assert.Equal(new UpdateSummary { Pictures = 8, Unchanged = 8 }, again);
        using var index = PictureIndex.Open(_folder["index"]);
        Assert.Equal(Enumerable.Range(0, 8).Select(i => ($"/photos/{i}.jpg", $"caption {i}", _folder["vectors"])),
            index.Pictures().Select(row => (row.Picture.Name, row.Picture.Caption!, row.Picture.Source)));
        var rows = Rows(0, 8);
        Assert.All(Enumerable.Range(0, 8), row => Assert.Equal(rows.Row(row).ToArray().Select(x => (float)(Half)x),
            index.Vectors([row]).Row(0).ToArray()));
    }

    [Fact]
    public void Only_files_that_changed_are_read_again()
    {
        Import();
        Vectors(1, Rows(20, 3));
        Metadata(1, ["/photos/5.jpg", "/photos/6.jpg", "/photos/new.jpg"]);
        Damage("metadata/metadata_0.parquet"); // unread, of the same time and length

        var changed = Import();
        File.Delete(_folder["vectors/img_emb/img_emb_1.npy"]);
        var gone = Import(withModel: false);
        Vectors(1, Rows(20, 3));
        var back = Import();

        Assert.Equal(new UpdateSummary { Pictures = 8, New = 1, Changed = 2, Removed = 1, Unchanged = 5 }, changed);
        Assert.Equal(new UpdateSummary { Pictures = 5, Removed = 3, Unchanged = 5 }, gone);
        Assert.Equal(new UpdateSummary { Pictures = 8, New = 3, Unchanged = 5 }, back);
    }

    [Fact]
    public void A_compaction_keeps_what_is_known_of_the_files()
    {
        Import();
        Vectors(1, Rows(20, 3));
        Import();

        IndexCompaction.Run(_folder["index"]);

        Assert.Equal(2, Directory.GetDirectories(_folder["index/segments"]).Length);
        Assert.Equal(new UpdateSummary { Pictures = 8, Unchanged = 8 }, Import(withModel: false));
    }

    [Fact]
    public void Pictures_in_shards_and_those_of_clip_retrieval_that_have_but_a_key_keep_a_name()
    {
        Metadata(0, ["1", "2", "1", "4", "5"], shards: ["/data/0.tar", "/data/0.tar", "/data/1.tar", null, null]);

        var made = Import();

        Assert.Equal(8, made.New);
        using var index = PictureIndex.Open(_folder["index"]);
        Assert.Equal(["/data/0.tar#1", "/data/0.tar#2", "/data/1.tar#1", _folder["vectors/img_emb/img_emb_0.npy"] + "#4"],
            index.Pictures().Take(4).Select(row => row.Picture.Name));
        Assert.Equal(2, index.RowOf("/data/1.tar#1"));
    }

    [Fact]
    public void Two_rows_about_one_picture_are_one()
    {
        Metadata(0, ["/photos/0.jpg", "/photos/1.jpg", "/photos/0.jpg", "/photos/3.jpg", "/photos/7.jpg"]);

        Assert.Equal(6, Import().Pictures); // 0, 1, 3, 7, 5, 6
    }

    [Fact]
    public void A_run_that_was_stopped_keeps_whole_files_and_goes_on()
    {
        using var cancel = new CancellationTokenSource();
        using (var import = VectorImport.Begin(_folder["index"], [_folder["vectors"]]))
        {
            Assert.Throws<OperationCanceledException>(() => import.Run(_clip, "model", new Stop(cancel, 6), cancel.Token));
        }

        Assert.Equal(new UpdateSummary { Pictures = 8, New = 3, Unchanged = 5 }, Import());
        Assert.Equal(2, Directory.GetDirectories(_folder["index/segments"]).Length);
    }

    [Theory]
    [InlineData("rows", "of different numbers")]
    [InlineData("more rows", "of different numbers")]
    [InlineData("nan", "not finite")]
    [InlineData("length", "length 2")]
    [InlineData("width", "another width")]
    [InlineData("cut", "shape and length disagree")]
    [InlineData("metadata", "cannot be read")]
    [InlineData("no metadata", "lack their metadata")]
    [InlineData("column", "no column image_path")]
    public void What_is_damaged_is_refused_by_name_and_nothing_changes(string fault, string told)
    {
        var rows = Rows(5, 3);
        switch (fault)
        {
            case "rows": Metadata(1, Paths(5, 2)); break;
            case "more rows": Metadata(1, Paths(5, 4)); break;
            case "nan": rows.Values[_width] = float.NaN; Vectors(1, rows); break;
            case "length": Vectors(1, new Embeddings([.. rows.Values.Select(x => 2 * x)], _width)); break;
            case "width": Vectors(1, UnitVectors.Draw(3, _width + 1, 1)); break;
            case "cut": Cut("img_emb/img_emb_1.npy"); break;
            case "metadata": Cut("metadata/metadata_1.parquet"); break;
            case "no metadata": File.Delete(_folder["vectors/metadata/metadata_1.parquet"]); break;
            case "column": Metadata(1, Paths(5, 3), column: "url"); break;
        }

        var refusal = Assert.Throws<ClipException>(() => Import());

        Assert.Contains(told, refusal.Message, StringComparison.Ordinal);
        Assert.Contains("_1.", refusal.Where, StringComparison.Ordinal);
        Assert.DoesNotContain(IndexManifest.Find(_folder["index"])?.Segments ?? [],
            segment => segment.From!.Vectors.Contains("_1.", StringComparison.Ordinal));
    }

    private UpdateSummary Import(bool withModel = true)
    {
        using var import = VectorImport.Begin(_folder["index"], [_folder["vectors"]]);
        return import.Run(withModel ? _clip : null, "model");
    }

    private Embeddings Rows(int first, int count) =>
        UnitVectors.Draw(100, _width, 1).Rows([.. Enumerable.Range(first, count)]);

    private static string[] Paths(int first, int count) =>
        [.. Enumerable.Range(first, count).Select(i => $"/photos/{i}.jpg")];

    private void Vectors(int number, Embeddings rows, TensorType type = TensorType.F32)
    {
        Directory.CreateDirectory(_folder["vectors/img_emb"]);
        using var file = File.Create(_folder[$"vectors/img_emb/img_emb_{number}.npy"]);
        Npy.Write(file, type, [rows.Count, rows.Dimension], type == TensorType.F32 ? MemoryMarshal.AsBytes(rows.Values.AsSpan())
            : MemoryMarshal.AsBytes(rows.Values.Select(x => (Half)x).ToArray().AsSpan()));
    }

    private void Metadata(int number, string[] paths, string?[]? shards = null, string column = "image_path")
    {
        Directory.CreateDirectory(_folder["vectors/metadata"]);
        var names = new[] { column, "caption", "shard" };
        string?[][] columns = [paths, [.. paths.Select(path => $"caption {Path.GetFileNameWithoutExtension(path)}")],
            shards ?? new string?[paths.Length]];
        var schema = new ParquetSchema(names.Select(name => new DataField(name, typeof(string), isNullable: true)));
        using var file = File.Create(_folder[$"vectors/metadata/metadata_{number}.parquet"]);
        WriteAsync().GetAwaiter().GetResult();

        async Task WriteAsync()
        {
            await using var writer = await ParquetWriter.CreateAsync(schema, file);
            using var group = writer.CreateRowGroup();
            for (var i = 0; i < names.Length; i++)
            {
                await group.WriteAsync(schema.DataFields[i], (IReadOnlyCollection<string>)columns[i]!);
            }
        }
    }

    private void Cut(string name) =>
        File.WriteAllBytes(_folder["vectors/" + name], File.ReadAllBytes(_folder["vectors/" + name])[..^7]);

    private void Damage(string name)
    {
        var path = _folder["vectors/" + name];
        var (bytes, time) = (File.ReadAllBytes(path), File.GetLastWriteTimeUtc(path));
        bytes.AsSpan().Clear();
        File.WriteAllBytes(path, bytes);
        File.SetLastWriteTimeUtc(path, time);
    }

    private sealed class Stop(CancellationTokenSource cancel, long at) : IProgress<long>
    {
        public void Report(long value)
        {
            if (value >= at)
            {
                cancel.Cancel();
            }
        }
    }
}
