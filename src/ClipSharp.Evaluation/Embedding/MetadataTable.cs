using Parquet;
using Parquet.Schema;

namespace ClipSharp.Evaluation.Embedding;

/// <summary>The rows beside a shard's vectors, as a Parquet file of text columns.</summary>
/// <param name="columns">Their names; a row has a text or null for each.</param>
internal sealed class MetadataTable(params string[] columns)
{
    private readonly List<string?>[] _columns = [.. columns.Select(_ => new List<string?>())];

    /// <summary>Rows.</summary>
    public int Count => _columns[0].Count;

    /// <summary>Adds a row.</summary>
    public void Add(params ReadOnlySpan<string?> row)
    {
        for (var i = 0; i < row.Length; i++)
        {
            _columns[i].Add(row[i]);
        }
    }

    /// <summary>Writes the file.</summary>
    public void Write(Stream stream)
    {
        // The library is asynchronous; a stream in memory never makes it wait.
        using var file = new MemoryStream();
        WriteAsync(file).GetAwaiter().GetResult();
        file.WriteTo(stream);
    }

    /// <summary>The rows that a file says it has.</summary>
    public static async Task<long> RowsOf(string path)
    {
        using var file = File.OpenRead(path);
        var reader = await ParquetReader.CreateAsync(file).ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
        {
            return reader.Metadata!.NumRows;
        }
    }

    private async Task WriteAsync(MemoryStream file)
    {
        var schema = new ParquetSchema(columns.Select(name => new DataField(name, typeof(string), isNullable: true)));
        var writer = await ParquetWriter.CreateAsync(schema, file).ConfigureAwait(false);
        await using (writer.ConfigureAwait(false))
        {
            using var rows = writer.CreateRowGroup();
            for (var i = 0; i < _columns.Length; i++)
            {
                await rows.WriteAsync(schema.DataFields[i], (IReadOnlyCollection<string>)_columns[i]).ConfigureAwait(false);
            }
        }
    }
}
