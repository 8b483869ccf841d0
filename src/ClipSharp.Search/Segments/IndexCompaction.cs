using ClipSharp.Search.Collections;
using ClipSharp.Search.Graphs;
using ClipSharp.Search.VectorFiles;
namespace ClipSharp.Search.Segments;

/// <summary>Writes an index anew without the rows that are gone, as few segments. Readers that have it open keep what they
/// opened; a run that was ended leaves the index as it was, but perhaps without its graph, which a compaction takes
/// away.</summary>
public static class IndexCompaction
{
    /// <summary>Pictures of a segment that was compacted.</summary>
    public const int SegmentPictures = 65_536;

    private const int ManySegments = 64;

    /// <summary>Whether it is worth it: a quarter of the rows is gone, or segments are many.</summary>
    /// <exception cref="ClipException">There is no index.</exception>
    public static bool IsWorthIt(string folder)
    {
        var segments = IndexManifest.Find(folder)?.Segments ?? [];
        var (rows, live) = (segments.Sum(segment => (long)segment.Rows), segments.Sum(segment => (long)segment.Live));
        return rows - live > rows / 4
            || segments.Count(segment => segment.Rows < SegmentPictures && segment.From is null) > ManySegments;
    }

    /// <summary>Compacts.</summary>
    /// <param name="folder">The index.</param>
    /// <param name="cancel">Stops between two segments; nothing is changed then.</param>
    /// <exception cref="ClipException">Another process changes it, or the disk fails.</exception>
    public static void Run(string folder, CancellationToken cancel = default)
    {
        using var held = IndexFolder.Open(folder);
        if (IndexManifest.Find(folder) is not { } manifest)
        {
            return;
        }

        var segments = new List<IndexManifest.Segment>();
        var (vectors, rows, leftOut) = (new List<Half[]>(), new List<IndexedPicture>(), new List<LeftOutPicture>());
        VectorOrigin? from = null;
        var first = int.Parse(IndexFolder.NextName(manifest), null);
        foreach (var segment in manifest.Segments)
        {
            cancel.ThrowIfCancellationRequested();
            using var old = SegmentFiles.OpenVectors(folder, manifest, segment);
            var live = segment.LiveRows();
            if (segment.From != from)
            {
                WriteRest();
                from = segment.From;
            }

            leftOut.AddRange(SegmentFiles.ReadLeftOut(folder, segment.Name));
            var row = 0;
            foreach (var picture in SegmentFiles.ReadRows(folder, segment.Name).SelectMany(group => group))
            {
                if (live[row])
                {
                    vectors.Add(old.CopyHalves(row));
                    rows.Add(picture);
                    if (rows.Count == SegmentPictures)
                    {
                        Write();
                    }
                }

                row++;
            }
        }

        WriteRest();
        GraphFolder.Remove(folder); // of the segments that go
        (manifest with { Segments = segments }).Save(folder);
        manifest.Segments.ToList().ForEach(segment => Files.AtomicFolder.Remove(IndexFolder.SegmentPath(folder, segment.Name)));

        void WriteRest()
        {
            if (rows.Count + leftOut.Count > 0)
            {
                Write();
            }
        }

        void Write()
        {
            var name = string.Create(null, $"{first + segments.Count:000000}");
            SegmentFiles.Write(folder, name, manifest.Dimension, vectors, rows, leftOut);
            segments.Add(new IndexManifest.Segment(name, rows.Count) { From = from });
            vectors.Clear();
            rows.Clear();
            leftOut.Clear();
        }
    }
}
