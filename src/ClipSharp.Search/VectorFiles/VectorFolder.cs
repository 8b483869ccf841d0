using System.Globalization;
using System.Text.Json.Serialization;
using ClipSharp.Files;

namespace ClipSharp.Search.VectorFiles;

/// <summary>A folder of vectors as <c>clipsharp embed</c> and clip-retrieval write it: <c>img_emb/img_emb_0.npy</c>, [N, E], and
/// <c>metadata/metadata_0.parquet</c>, row i of which is about vector i.</summary>
internal static class VectorFolder
{
    private const string Vectors = "img_emb";
    private const string Metadata = "metadata";

    /// <summary>Whether a path is such a folder.</summary>
    public static bool IsOne(string path) => Directory.Exists(Path.Combine(path, Vectors))
        && Directory.EnumerateFiles(Path.Combine(path, Vectors), Vectors + "_*.npy").Any();

    /// <summary>Its files, in the order of their numbers, as they are now.</summary>
    /// <exception cref="ClipException">Vectors lack their metadata.</exception>
    public static IReadOnlyList<VectorOrigin> Files(string folder)
    {
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        return [.. Directory.EnumerateFiles(Path.Combine(full, Vectors), Vectors + "_*.npy")
            .Select(path => (Path: path, Number: Path.GetFileNameWithoutExtension(path)[(Vectors.Length + 1)..]))
            .OrderBy(file => int.TryParse(file.Number, NumberStyles.None, null, out var number) ? number : int.MaxValue)
            .ThenBy(file => file.Number, StringComparer.Ordinal)
            .Select(file => Origin(full, file.Path, Path.Combine(full, Metadata, $"{Metadata}_{file.Number}.parquet")))];
    }

    /// <summary>Refuses a model whose vectors they are not, where <c>embed</c> wrote of which they are.</summary>
    /// <exception cref="ClipException">They are of another model, engine or preprocessing.</exception>
    public static void RequireModel(string folder, Clip clip)
    {
        var path = Path.Combine(folder, EmbeddingRecord.FileName);
        if (!File.Exists(path))
        {
            return; // of clip-retrieval, which does not say
        }

        var record = JsonFile.Read(path, EmbeddingRecordJson.Default.EmbeddingRecord);
        var withTexts = record.Content != EmbeddingRecord.ImagesOnly;
        if ((record.Model, record.Preprocess) != (clip.VectorsKey(withTexts), clip.PixelsKey))
        {
            throw new ClipException(ClipError.Config, "The folder holds vectors of another model", path,
                record.Preprocess == clip.PixelsKey ? "other weights, another engine or number format" : record.Preprocess,
                $"those of the model that was named, by {clip.Encoder.Engine}, {clip.PixelsKey}",
                "Name the model that embed was given, with the same --engine, --precision and options for pictures.");
        }
    }

    private static VectorOrigin Origin(string folder, string vectors, string metadata)
    {
        var (file, about) = (new FileInfo(vectors), new FileInfo(metadata));
        return about.Exists
            ? new VectorOrigin(folder, vectors, metadata)
            {
                Bytes = file.Length,
                Modified = file.LastWriteTimeUtc,
                MetadataBytes = about.Length,
                MetadataModified = about.LastWriteTimeUtc,
            }
            : throw new ClipException(ClipError.NoInput, "Vectors lack their metadata", metadata, "no such file",
                $"the paths and captions of {vectors}", "Restore it, or make the folder anew with: clipsharp embed");
    }
}

/// <summary>A file of vectors from elsewhere as it was when it was taken into an index.</summary>
/// <param name="Folder">Its folder of vectors, a full path.</param>
/// <param name="Vectors">The file, a full path.</param>
/// <param name="Metadata">The rows about it, a full path.</param>
internal sealed record VectorOrigin(string Folder, string Vectors, string Metadata)
{
    public long Bytes { get; init; }

    public DateTime Modified { get; init; }

    public long MetadataBytes { get; init; }

    public DateTime MetadataModified { get; init; }
}

/// <summary>What <c>embed</c> says of its vectors in <c>embedding.json</c>.</summary>
internal sealed record EmbeddingRecord(string Model, string Preprocess, string Content)
{
    public const string FileName = "embedding.json";
    public const string ImagesOnly = "images";
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, AllowDuplicateProperties = false)]
[JsonSerializable(typeof(EmbeddingRecord))]
internal sealed partial class EmbeddingRecordJson : JsonSerializerContext;
