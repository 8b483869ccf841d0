using ClipSharp.Files;
using ClipSharp.Search.Graphs;

namespace ClipSharp.Search.Segments;

/// <summary>An index on a disk while one process changes it:
/// <c>index.json</c>, <c>segments/000001/{vectors.npy, metadata.parquet, left-out.jsonl}</c>, <c>left-out.jsonl</c>, and
/// <c>graphs</c> (<see cref="GraphFolder"/>).</summary>
internal sealed class IndexFolder : IDisposable
{
    /// <summary>Held by the one process that changes the index.</summary>
    public const string LockName = "lock";

    /// <summary>The folder of segments.</summary>
    public const string SegmentsName = "segments";

    /// <summary>The folder of parts that are not merged.</summary>
    public const string PartsName = "parts";

    private readonly FileStream _held;

    private IndexFolder(string root, FileStream held) => (Root, _held) = (root, held);

    /// <summary>The folder.</summary>
    public string Root { get; }

    /// <summary>Opens it for change, making it when it is new. What a killed process left is removed.</summary>
    /// <exception cref="ClipException">Another process changes it, it cannot be written, or holds something else.</exception>
    public static IndexFolder Open(string root)
    {
        var manifest = IndexManifest.Find(root);
        FileStream? held = null;
        try
        {
            DurableStorage.CreateFolder(Path.GetFullPath(Path.Combine(root, SegmentsName)));
            held = new FileStream(Path.Combine(root, LockName), FileMode.OpenOrCreate, FileAccess.Write, FileShare.None);
            var folder = new IndexFolder(root, held);
            folder.RemoveUnfinished(manifest);
            held = null;
            return folder;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ClipException(ClipError.CannotCreate, "The index cannot be changed", root, e.Message,
                "a writable folder that no other process changes", "Wait for the other run, or choose another folder.", e);
        }
        finally
        {
            held?.Dispose();
        }
    }

    /// <summary>Where a segment lies.</summary>
    public static string SegmentPath(string root, string name) => Path.Combine(root, SegmentsName, name);

    /// <summary>A name behind all that are there.</summary>
    public static string NextName(IndexManifest manifest) => string.Create(null,
        $"{manifest.Segments.Select(segment => int.Parse(segment.Name, null)).DefaultIfEmpty().Max() + 1:000000}");

    /// <summary>Lets other processes change it.</summary>
    public void Dispose() => _held.Dispose();

    private void RemoveUnfinished(IndexManifest? manifest)
    {
        var segments = Path.Combine(Root, SegmentsName);
        AtomicFolder.RemoveUnfinished(Root);
        AtomicFolder.RemoveUnfinished(segments);
        GraphFolder.RemoveUnfinished(Root);
        var listed = manifest?.Segments.Select(segment => segment.Name).ToHashSet() ?? [];
        foreach (var folder in Directory.GetDirectories(segments).Where(path => !listed.Contains(Path.GetFileName(path))))
        {
            AtomicFolder.Remove(folder);
        }
    }
}
