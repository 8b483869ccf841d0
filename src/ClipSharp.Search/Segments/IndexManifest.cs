using System.Text.Json;
using System.Text.Json.Serialization;
using ClipSharp.Files;
using ClipSharp.Search.Collections;
using ClipSharp.Search.Updates;
using ClipSharp.Search.VectorFiles;
using ClipSharp.Search.Vectors;

namespace ClipSharp.Search.Segments;

/// <summary><c>index.json</c>: what the vectors of an index depend on and the segments that are whole. A segment counts only once
/// it is listed here, a row until it is listed as removed.</summary>
internal sealed record IndexManifest
{
    public const string FileName = "index.json";

    private const int CurrentFormat = 1;

    /// <summary>The version of this layout.</summary>
    public int Format { get; init; } = CurrentFormat;

    /// <summary>The model as a person named it.</summary>
    public required string Model { get; init; }

    /// <summary>Hash over the model's weights.</summary>
    public required string Weights { get; init; }

    /// <summary>What computed the vectors, such as "torch cpu bf16".</summary>
    public required string Engine { get; init; }

    /// <summary>All that pixels depend on, as text.</summary>
    public required string Preprocess { get; init; }

    /// <summary>E.</summary>
    public required int Dimension { get; init; }

    /// <summary>The segments, in the order of their rows.</summary>
    public IReadOnlyList<Segment> Segments { get; init; } = [];

    /// <summary>The manifest of an index, or null where there is no folder or an empty one.</summary>
    /// <exception cref="ClipException">The folder holds something else, or the file is damaged.</exception>
    public static IndexManifest? Find(string folder)
    {
        var path = Path.Combine(folder, FileName);
        if (File.Exists(path))
        {
            var manifest = JsonFile.Read(path, IndexJson.Default.IndexManifest);
            return manifest.Format == CurrentFormat && manifest.Dimension > 0
                ? manifest
                : throw new ClipException(ClipError.Data, "The index is of another version", path, $"format {manifest.Format}",
                    $"format {CurrentFormat}", "Make it anew, or use the program that made it.");
        }

        return !Path.Exists(folder) || (Directory.Exists(folder) && IsEmpty(folder))
            ? null
            : throw new ClipException(ClipError.CannotCreate, "The folder is in use", folder, "other files",
                $"nothing, or an index with {FileName}", "Choose another name or remove it; nothing is overwritten.");
    }

    /// <summary>That of an index without a picture.</summary>
    public static IndexManifest Of(IndexModel model) => new()
    {
        Model = model.Name,
        Weights = model.Weights,
        Engine = model.Engine,
        Preprocess = model.Preprocess,
        Dimension = model.Dimension,
    };

    /// <summary>What the vectors depend on.</summary>
    [JsonIgnore]
    public IndexModel OfModel => new(Model, Weights, Engine, Preprocess, Dimension);

    /// <summary>The same index with more rows removed.</summary>
    public IndexManifest Without(IEnumerable<RowPlace> rows)
    {
        var gone = rows.ToLookup(row => row.Segment, row => row.Row);
        return this with
        {
            Segments = [.. Segments.Select((segment, number) => gone.Contains(number) ? segment.Without(gone[number]) : segment)],
        };
    }

    /// <summary>Writes it.</summary>
    public void Save(string folder) => AtomicFile.WriteText(Path.Combine(folder, FileName),
        JsonSerializer.Serialize(this, IndexJson.Default.IndexManifest) + "\n");

    // What a run leaves that was ended before its first segment, and parts.
    private static bool IsEmpty(string folder) => Directory.EnumerateFileSystemEntries(folder)
        .All(entry => Path.GetFileName(entry) is IndexFolder.LockName or IndexFolder.SegmentsName or IndexFolder.PartsName
            || AtomicFolder.IsUnfinished(entry));

    /// <param name="Name">Its folder.</param>
    /// <param name="Rows">Vectors in it.</param>
    internal sealed record Segment(string Name, int Rows)
    {
        /// <summary>Rows that are no longer of the index, as pairs of the first and how many.</summary>
        public IReadOnlyList<IReadOnlyList<int>> Removed { get; init; } = [];

        /// <summary>The one file of vectors from elsewhere that it was taken from, or null.</summary>
        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public VectorOrigin? From { get; init; }

        /// <summary>How many are of the index.</summary>
        [JsonIgnore]
        public int Live => Rows - Removed.Sum(range => range[1]);

        /// <summary>Which rows are of the index.</summary>
        public RowSet LiveRows()
        {
            var rows = RowSet.All(Rows);
            foreach (var row in Removed.SelectMany(range => Enumerable.Range(range[0], range[1])))
            {
                rows[row] = false;
            }

            return rows;
        }

        /// <summary>The same segment with more rows removed.</summary>
        public Segment Without(IEnumerable<int> rows)
        {
            var gone = new SortedSet<int>(Removed.SelectMany(range => Enumerable.Range(range[0], range[1])));
            gone.UnionWith(rows);
            var ranges = new List<int[]>();
            foreach (var row in gone)
            {
                if (ranges.Count > 0 && ranges[^1][0] + ranges[^1][1] == row)
                {
                    ranges[^1][1]++;
                }
                else
                {
                    ranges.Add([row, 1]);
                }
            }

            return this with { Removed = ranges };
        }
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(IndexManifest))]
internal sealed partial class IndexJson : JsonSerializerContext;
