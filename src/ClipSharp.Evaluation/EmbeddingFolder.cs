using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using ClipSharp.Data;
using ClipSharp.Files;
using ClipSharp.Weights;

namespace ClipSharp.Evaluation;

/// <summary>Writes vectors as clip-retrieval lays them: <c>img_emb/img_emb_0.npy</c> and <c>text_emb/text_emb_0.npy</c>, float32
/// [N, E], unit length. Row i of the pictures is line i of <c>metadata/metadata_0.jsonl</c>, row i of the texts line i of
/// <c>metadata/text_metadata_0.jsonl</c>. What could not be encoded has no row; <c>skipped.jsonl</c> lists it.</summary>
public static class EmbeddingFolder
{
    /// <summary>Writes the folder, whole or not at all. It must not exist yet.</summary>
    /// <param name="path">Where.</param>
    /// <param name="pictures">Vectors of an index's pictures, or null.</param>
    /// <param name="index">The index of the pictures.</param>
    /// <param name="texts">Vectors of texts and the texts, or null.</param>
    /// <exception cref="ClipException">The folder exists, or it cannot be written.</exception>
    public static void Write(string path, EncodedPictures? pictures, SampleIndex? index,
        (Embeddings Vectors, IReadOnlyList<string> Texts)? texts) =>
        AtomicFolder.Write(path, folder =>
        {
            if (pictures is not null && index is not null)
            {
                Matrix(folder, "img_emb", pictures.Vectors);
                Lines(folder, "metadata/metadata_0.jsonl", pictures.SampleIds.Select(sample => new PictureRow(
                    index.Picture(sample).File.Path, index.Key(sample), index.Captions(sample).ToArray())),
                    RowJson.Default.PictureRow);
                Lines(folder, "skipped.jsonl", index.Skips.Losses.Concat(pictures.Skips.Losses)
                    .OrderBy(skip => skip.File, StringComparer.Ordinal).ThenBy(skip => skip.Key, StringComparer.Ordinal)
                    .Select(skip => new SkippedRow(skip.File, skip.Key, skip.Reason.ToString(), skip.Detail)),
                    RowJson.Default.SkippedRow);
            }

            if (texts is var (vectors, lines))
            {
                Matrix(folder, "text_emb", vectors);
                Lines(folder, "metadata/text_metadata_0.jsonl", lines.Select(text => new TextRow(text)), RowJson.Default.TextRow);
            }
        });

    private static void Matrix(string folder, string name, Embeddings vectors) =>
        AtomicFile.Write(Path.Combine(folder, name, name + "_0.npy"), stream =>
        {
            Npy.WriteHeader(stream, TensorType.F32, [vectors.Count, vectors.Dimension]);
            for (var row = 0; row < vectors.Count; row++)
            {
                stream.Write(MemoryMarshal.AsBytes(vectors.Row(row)));
            }
        });

    private static void Lines<T>(string folder, string name, IEnumerable<T> rows, JsonTypeInfo<T> type) =>
        AtomicFile.Write(Path.Combine(folder, name), stream =>
        {
            foreach (var row in rows)
            {
                JsonSerializer.Serialize(stream, row, type);
                stream.WriteByte((byte)'\n');
            }
        });

    internal sealed record PictureRow(string ImagePath, string Key, IReadOnlyList<string> Captions);

    internal sealed record TextRow(string Caption);

    internal sealed record SkippedRow(string Path, string Key, string Reason, string Detail);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(EmbeddingFolder.PictureRow))]
[JsonSerializable(typeof(EmbeddingFolder.TextRow))]
[JsonSerializable(typeof(EmbeddingFolder.SkippedRow))]
internal sealed partial class RowJson : JsonSerializerContext;
