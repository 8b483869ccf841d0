using System.Text.Json;
using System.Text.Json.Serialization;
using ClipSharp.Files;
using ClipSharp.Parts;

namespace ClipSharp.Evaluation.Embedding;

/// <summary><c>embedding.json</c>: what the vectors of a folder depend on, and the shards that are whole. A shard counts only
/// once it is listed here.</summary>
internal sealed record EmbeddingManifest
{
    public const string FileName = "embedding.json";

    /// <summary>Hash over the model's weights and engine, with texts over its tokenizer too.</summary>
    public required string Model { get; set; }

    /// <summary>All that pixels depend on, as text.</summary>
    public required string Preprocess { get; set; }

    /// <summary>Hash over the items.</summary>
    public required string Data { get; set; }

    /// <summary>"images", "images and captions" or "texts".</summary>
    public required string Content { get; set; }

    public required string Dtype { get; set; }

    public required int WriteBatchSize { get; set; }

    /// <summary>The shards that are whole, from the first on.</summary>
    public List<Shard> Shards { get; set; } = [];

    /// <summary>The folder's manifest, or null where there is no folder, an empty one or one of parts.</summary>
    /// <exception cref="ClipException">The folder holds something else.</exception>
    public static EmbeddingManifest? Find(string folder)
    {
        var path = Path.Combine(folder, FileName);
        if (File.Exists(path))
        {
            return JsonFile.Read(path, EmbeddingJson.Default.EmbeddingManifest);
        }

        return !Path.Exists(folder) || PartsOf(folder).IsThere
            || (Directory.Exists(folder) && !Directory.EnumerateFileSystemEntries(folder).Any())
            ? null
            : throw new ClipException(ClipError.CannotCreate, "The folder is in use", folder, "other files",
                $"nothing, or a folder of vectors with {FileName}", "Choose another name or remove it; nothing is overwritten.");
    }

    /// <summary>The vectors of a shard's pictures.</summary>
    public static string ImagesOf(string folder, string shard) => Path.Combine(folder, "img_emb", $"img_emb_{shard}.npy");

    /// <summary>The vectors of a shard's texts.</summary>
    public static string TextsOf(string folder, string shard) => Path.Combine(folder, "text_emb", $"text_emb_{shard}.npy");

    /// <summary>The rows beside both.</summary>
    public static string MetadataOf(string folder, string shard) =>
        Path.Combine(folder, "metadata", $"metadata_{shard}.parquet");

    /// <summary>What the parts of a job keep until they are merged: each a manifest and a ledger of its own.</summary>
    public static PartFolder PartsOf(string folder) => new(Path.Combine(folder, "parts"));

    /// <summary>Refuses to go on where something differs that the vectors depend on.</summary>
    /// <param name="there">The manifest that was found.</param>
    /// <param name="folder">For the message.</param>
    public void RequireSame(EmbeddingManifest there, string folder)
    {
        (string Name, bool Same)[] parts =
        [
            ("content", Content == there.Content), ("model", Model == there.Model),
            ("preprocessing", Preprocess == there.Preprocess), ("data", Data == there.Data), ("dtype", Dtype == there.Dtype),
            ("write-batch-size", WriteBatchSize == there.WriteBatchSize),
        ];
        if (parts.Any(part => !part.Same))
        {
            throw new ClipException(ClipError.CannotCreate, "The folder holds other vectors", folder,
                "another " + string.Join(", ", parts.Where(part => !part.Same).Select(part => part.Name)),
                "those that are being made",
                "Choose another folder, or go on with the same settings.");
        }
    }

    /// <summary>Writes it.</summary>
    public void Save(string folder) => AtomicFile.WriteText(Path.Combine(folder, FileName),
        JsonSerializer.Serialize(this, EmbeddingJson.Default.EmbeddingManifest) + "\n");

    internal sealed record Shard(int Rows, int Skipped);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(EmbeddingManifest))]
internal sealed partial class EmbeddingJson : JsonSerializerContext;
