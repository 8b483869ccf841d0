using System.Text.Json;
using System.Text.Json.Serialization;
using ClipSharp.Files;
using ClipSharp.Search.Segments;

namespace ClipSharp.Search.Graphs;

/// <summary><c>graphs/000001/{graph.json, graph.usearch}</c> of an index: written whole, never changed; the newest
/// counts.</summary>
internal sealed record GraphFolder
{
    private const string FolderName = "graphs";
    private const string ManifestName = "graph.json";
    private const string GraphName = "graph.usearch";
    private const int CurrentFormat = 1;

    /// <summary>The version of this layout.</summary>
    public int Format { get; init; } = CurrentFormat;

    /// <summary>The first segments of the index: row i of these, one after the other, is key i of the graph.</summary>
    public required IReadOnlyList<string> Segments { get; init; }

    /// <summary>The file of the graph.</summary>
    public required GraphFile File { get; init; }

    /// <summary>See <see cref="GraphSummary"/>.</summary>
    public required double Recall { get; init; }

    /// <summary>See <see cref="GraphSummary"/>.</summary>
    public required int Queries { get; init; }

    /// <summary>See <see cref="GraphSummary"/>.</summary>
    public required int Candidates { get; init; }

    /// <summary>The folder of the newest graph, or null.</summary>
    public static string? Newest(string root) => All(root).Max(StringComparer.Ordinal);

    /// <summary>What is known of a graph.</summary>
    /// <exception cref="ClipException">It is absent (NoInput), damaged or of another version (Data).</exception>
    public static GraphFolder Read(string folder)
    {
        var path = Path.Combine(folder, ManifestName);
        var read = JsonFile.Read(path, GraphJson.Default.GraphFolder);
        return read.Format == CurrentFormat && read.Candidates > 0
            ? read
            : throw new ClipException(ClipError.Data, "The graph is of another version", path, $"format {read.Format}",
                $"format {CurrentFormat}", "Make it anew with: clipsharp index PICTURES --index FOLDER --ann");
    }

    /// <summary>Opens the graph.</summary>
    /// <exception cref="ClipException">It is absent (NoInput) or damaged (Data).</exception>
    public NeighborGraph Open(string folder, int dimension, bool forAdding = false) =>
        NeighborGraph.Open(Path.Combine(folder, GraphName), File, dimension, forAdding);

    /// <summary>Whether its segments are still the first of the index: a compaction writes others.</summary>
    public bool Fits(IndexManifest manifest) =>
        manifest.Segments.Take(Segments.Count).Select(segment => segment.Name).SequenceEqual(Segments);

    /// <summary>Writes a graph, whole or not at all, and removes those before.</summary>
    /// <exception cref="ClipException">The disk is full or failing.</exception>
    public static GraphFolder Write(string root, NeighborGraph graph, Func<GraphFile, GraphFolder> describe)
    {
        var before = All(root).ToList();
        var number = before.Select(folder => int.Parse(Path.GetFileName(folder), null)).DefaultIfEmpty().Max() + 1;
        GraphFolder? written = null;
        AtomicFolder.Write(Path.Combine(root, FolderName, $"{number:000000}"), part =>
        {
            written = describe(graph.Save(Path.Combine(part, GraphName)));
            AtomicFile.WriteText(Path.Combine(part, ManifestName),
                JsonSerializer.Serialize(written, GraphJson.Default.GraphFolder) + "\n");
        });
        before.ForEach(AtomicFolder.Remove);
        return written!;
    }

    /// <summary>Removes every graph.</summary>
    /// <returns>Whether there was one.</returns>
    public static bool Remove(string root)
    {
        var all = All(root).ToList();
        all.ForEach(AtomicFolder.Remove);
        return all.Count > 0;
    }

    /// <summary>Removes what a killed process left.</summary>
    public static void RemoveUnfinished(string root)
    {
        AtomicFolder.RemoveUnfinished(Path.Combine(root, FolderName));
        foreach (var older in All(root).Order(StringComparer.Ordinal).SkipLast(1))
        {
            AtomicFolder.Remove(older);
        }
    }

    private static IEnumerable<string> All(string root)
    {
        var folder = Path.Combine(root, FolderName);
        return Directory.Exists(folder)
            ? Directory.GetDirectories(folder).Where(path => int.TryParse(Path.GetFileName(path), out _))
            : [];
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(GraphFolder))]
internal sealed partial class GraphJson : JsonSerializerContext;
