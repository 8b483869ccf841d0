using Parquet;
using Parquet.Schema;

namespace ClipSharp.Data.Parquet.Tests;

/// <summary>A row of a set: a picture with its file name, captions, a class.</summary>
internal sealed record Row(byte[]? Picture, string? Name, string?[]? Captions, long Class = 0);

/// <summary>Writes Parquet files as Hugging Face's library and others do.</summary>
internal static class ParquetFiles
{
    /// <summary>Columns <c>image</c> (a struct of <c>bytes</c> and <c>path</c>), <c>sentences</c> (lists) and
    /// <c>label</c>.</summary>
    public static Task WriteHub(string path, params Row[][] groups)
    {
        var schema = new ParquetSchema(
            new StructField("image", new DataField<byte[]>("bytes", true), new DataField<string>("path", true)),
            new ListField("sentences", new DataField<string>("element", true)), new DataField<long>("label"));
        return Write(path, schema, groups, async (group, rows) =>
        {
            await group.WriteAsync(schema.DataFields[0], [.. rows.Select(row => row.Picture!)]);
            await group.WriteAsync(schema.DataFields[1], [.. rows.Select(row => row.Name!)]);
            await group.WriteAsync(schema.DataFields[2], [.. rows.SelectMany(row => row.Captions!)!],
                rows.SelectMany(row => row.Captions!.Select((_, i) => i == 0 ? 0 : 1)).ToArray());
            await group.WriteAsync<long>(schema.DataFields[3], rows.Select(row => row.Class).ToArray());
        });
    }

    /// <summary>Columns of bytes and of one text.</summary>
    public static Task WritePlain(string path, string picture, string caption, params Row[][] groups)
    {
        var schema = new ParquetSchema(new DataField<string>("other", true), new DataField<byte[]>(picture, true),
            new DataField<byte[]>("thumbnail", true), new DataField<string>(caption, true));
        return Write(path, schema, groups, async (group, rows) =>
        {
            await group.WriteAsync(schema.DataFields[0], [.. rows.Select(row => row.Name!)]);
            await group.WriteAsync(schema.DataFields[1], [.. rows.Select(row => row.Picture!)]);
            await group.WriteAsync(schema.DataFields[2], [.. rows.Select(_ => new byte[] { 1 })]);
            await group.WriteAsync(schema.DataFields[3], [.. rows.Select(row => row.Captions?[0]!)]);
        });
    }

    private static async Task Write(
        string path, ParquetSchema schema, Row[][] groups, Func<ParquetRowGroupWriter, Row[], Task> fill)
    {
        using var file = new MemoryStream();
        await using (var writer = await ParquetWriter.CreateAsync(schema, file))
        {
            foreach (var rows in groups)
            {
                using var group = writer.CreateRowGroup();
                await fill(group, rows);
            }
        }

        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        await File.WriteAllBytesAsync(path, file.ToArray());
    }
}
