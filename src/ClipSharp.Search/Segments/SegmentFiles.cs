using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using ClipSharp.Data.Index;
using ClipSharp.Files;
using ClipSharp.Search.Collections;
using ClipSharp.Search.Vectors;
using ClipSharp.Weights;

namespace ClipSharp.Search.Segments;

/// <summary>The files of a segment, which never change once they are written.</summary>
internal static class SegmentFiles
{
    private const string Vectors = "vectors.npy";
    private const string Metadata = "metadata.parquet";

    /// <summary>Writes a segment, whole or not at all.</summary>
    /// <param name="root">The index.</param>
    /// <param name="name">The segment's name.</param>
    /// <param name="dimension">E.</param>
    /// <param name="vectors">N rows of E halves.</param>
    /// <param name="rows">N rows.</param>
    /// <param name="leftOut">Pictures that cannot be decoded: they are not tried again until they change.</param>
    public static void Write(string root, string name, int dimension, IReadOnlyList<Half[]> vectors,
        IReadOnlyList<IndexedPicture> rows, IReadOnlyList<LeftOutPicture> leftOut) =>
        AtomicFolder.Write(IndexFolder.SegmentPath(root, name), part =>
        {
            AtomicFile.Write(Path.Combine(part, Vectors), file =>
            {
                Npy.WriteHeader(file, TensorType.F16, [vectors.Count, dimension]);
                foreach (var row in vectors)
                {
                    file.Write(MemoryMarshal.AsBytes(row.AsSpan()));
                }
            });
            AtomicFile.Write(Path.Combine(part, Metadata), file => MetadataFile.Write(file, rows));
            if (leftOut.Count > 0)
            {
                AtomicFile.WriteText(Path.Combine(part, LeftOutFile.FileName), string.Concat(leftOut.Select(line =>
                    JsonSerializer.Serialize(line, LeftOutPictureJson.Default.LeftOutPicture) + "\n")));
            }
        });

    /// <summary>Copies a segment into another index, whole or not at all.</summary>
    public static void Copy(string from, string name, string to, string newName)
    {
        var source = IndexFolder.SegmentPath(from, name);
        AtomicFolder.Write(IndexFolder.SegmentPath(to, newName), part =>
        {
            foreach (var path in Directory.GetFiles(source))
            {
                AtomicFile.Write(Path.Combine(part, Path.GetFileName(path)), stream =>
                {
                    using var file = File.OpenRead(path);
                    file.CopyTo(stream);
                });
            }
        });
    }

    /// <summary>Maps the vectors of a segment.</summary>
    /// <exception cref="ClipException">They are absent, damaged, or not as many as the manifest says.</exception>
    public static MappedVectors OpenVectors(string root, IndexManifest manifest, IndexManifest.Segment segment)
    {
        var path = Path.Combine(IndexFolder.SegmentPath(root, segment.Name), Vectors);
        var vectors = MappedVectors.Open(path);
        if ((vectors.Count, vectors.Dimension) == (segment.Rows, manifest.Dimension))
        {
            return vectors;
        }

        vectors.Dispose();
        throw new ClipException(ClipError.Data, "The index does not fit together", path,
            $"{vectors.Count} vectors of {vectors.Dimension}", $"{segment.Rows} of {manifest.Dimension}",
            "Restore the folder, or make the index anew.");
    }

    /// <summary>The rows of some groups, or all.</summary>
    public static IReadOnlyList<IReadOnlyList<IndexedPicture>> ReadRows(string root, string name,
        IEnumerable<int>? groups = null) =>
        MetadataFile.Read(Path.Combine(IndexFolder.SegmentPath(root, name), Metadata), groups);

    /// <summary>Pictures that this segment has no vector of.</summary>
    public static IEnumerable<LeftOutPicture> ReadLeftOut(string root, string name)
    {
        var path = Path.Combine(IndexFolder.SegmentPath(root, name), LeftOutFile.FileName);
        if (!File.Exists(path))
        {
            yield break;
        }

        foreach (var line in File.ReadLines(path))
        {
            yield return Parse(line, path);
        }
    }

    private static LeftOutPicture Parse(string line, string path)
    {
        try
        {
            return JsonSerializer.Deserialize(line, LeftOutPictureJson.Default.LeftOutPicture)
                ?? throw new JsonException("nothing");
        }
        catch (JsonException e)
        {
            throw new ClipException(ClipError.Data, "The ledger of a segment cannot be read", path, e.Message,
                "a JSON object a line", "Restore it, or make the index anew.", e);
        }
    }
}

/// <summary>A picture without a vector, as it was when it was tried.</summary>
internal sealed record LeftOutPicture(string Place, string Key, SkipReason Reason, string Detail, long Offset, long Length,
    DateTime Modified);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UseStringEnumConverter = true)]
[JsonSerializable(typeof(LeftOutPicture))]
internal sealed partial class LeftOutPictureJson : JsonSerializerContext;
