using ClipSharp.Data.Parquet;
using Parquet;
using Parquet.Schema;

namespace ClipSharp.Cli.Tests.Commands;

/// <summary>The commands read a set of the hub, a Parquet file of pictures, as any other data.</summary>
public sealed class ParquetSetTests : IDisposable
{
    private readonly ColourModel _model = new();

    public ParquetSetTests() => ParquetSource.Add();

    public void Dispose() => _model.Dispose();

    [Fact]
    public async Task Inspect_embed_and_eval_take_it()
    {
        await Write(_model.Folder["set/train-00000-of-00001.parquet"]);
        _model.Text("names.txt", string.Join('\n', ColourPictures.Names));

        using var output = new StringWriter { NewLine = "\n" };
        Assert.Equal(0, await CommandLine.Run(Program.Root(), ["data", "inspect", _model.Folder["set"]], output,
            TextWriter.Null));
        Assert.StartsWith("8 usable samples in 1 file\n", output.ToString(), StringComparison.Ordinal);
        Assert.Matches(@"no picture +1 +\S+train-00000-of-00001.parquet: 000000004 \(row 4\)", output.ToString());

        Assert.Equal(0, await _model.Run("embed", "--images", _model.Folder["set"], "-o", _model.Folder["vectors"]));
        Assert.StartsWith("8 images", _model.Output, StringComparison.Ordinal);

        Assert.Equal(0, await _model.Run("eval", "--data", _model.Folder["set"], "--split", "train", "--task", "zeroshot", "--classnames",
            _model.Folder["names.txt"], "--json"));
        Assert.Contains("\"acc1\":1", _model.Output.Replace(" ", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    // Nine rows, of which one has no picture.
    private static async Task Write(string path)
    {
        var schema = new ParquetSchema(
            new StructField("image", new DataField<byte[]>("bytes", true)), new DataField<string>("text", true),
            new DataField<long>("label"));
        using var file = new MemoryStream();
        await using (var writer = await ParquetWriter.CreateAsync(schema, file))
        {
            using var group = writer.CreateRowGroup();
            await group.WriteAsync(schema.DataFields[0],
                [.. Enumerable.Range(0, 9).Select(i => i == 4 ? null! : ColourPictures.Png(i % 3, i))]);
            await group.WriteAsync(schema.DataFields[1],
                [.. Enumerable.Range(0, 9).Select(i => $"a {ColourPictures.Names[i % 3]}")]);
            await group.WriteAsync<long>(schema.DataFields[2], Enumerable.Range(0, 9).Select(i => (long)i % 3).ToArray());
        }

        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        await File.WriteAllBytesAsync(path, file.ToArray());
    }
}
