using ClipSharp.Data.Index;
using ClipSharp.Files;
using ClipSharp.Search.Collections;
using ClipSharp.Search.Segments;
using ClipSharp.Search.Vectors;

namespace ClipSharp.Search.Updates;

/// <summary>A row of an index on disk.</summary>
/// <param name="Segment">The number of its segment.</param>
/// <param name="Row">Its row there.</param>
internal readonly record struct RowPlace(int Segment, int Row)
{
    /// <summary>Both as one number.</summary>
    public long Number => ((long)Segment << 32) | (uint)Row;

    /// <summary>The place that a number stands for.</summary>
    public static RowPlace Of(long number) => new((int)(number >> 32), (int)number);
}

/// <summary>An index on disk while it is brought up to date: each change is a segment, and counts once <c>index.json</c> lists
/// it.</summary>
internal sealed class FolderWriter : IPictureWriter
{
    private readonly IndexFolder _folder;
    private readonly Dictionary<int, MappedVectors> _opened = [];
    private IndexManifest? _manifest;

    private FolderWriter(IndexFolder folder) => (_folder, _manifest) = (folder, IndexManifest.Find(folder.Root));

    /// <inheritdoc/>
    public string Where => _folder.Root;

    /// <inheritdoc/>
    public IndexModel? Model => _manifest?.OfModel;

    /// <summary>Opens an index for change, making its folder when it is new.</summary>
    /// <exception cref="ClipException">Another process changes it, it cannot be written, or holds something else.</exception>
    public static FolderWriter Open(string root)
    {
        if (IndexParts.Of(root) is { IsThere: true } parts)
        {
            throw new ClipException(ClipError.CannotCreate, "The index is made in parts", root,
                string.Join(", ", parts.Parts), "none that are not merged",
                "Merge them with --part merge, or choose another folder.");
        }

        var folder = IndexFolder.Open(root);
        try
        {
            return new FolderWriter(folder);
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    /// <summary>All rows of an index that are of it.</summary>
    public static IEnumerable<(RowPlace Place, IndexedPicture Picture)> ReadRows(string root, IndexManifest manifest)
    {
        foreach (var (number, segment) in manifest.Segments.Index())
        {
            var live = segment.LiveRows();
            var row = 0;
            foreach (var picture in SegmentFiles.ReadRows(root, segment.Name).SelectMany(group => group))
            {
                if (live[row])
                {
                    yield return (new RowPlace(number, row), picture);
                }

                row++;
            }
        }
    }

    /// <inheritdoc/>
    public IEnumerable<(long Row, IndexedPicture Picture)> Pictures() => _manifest is null ? []
        : ReadRows(_folder.Root, _manifest).Select(row => (row.Place.Number, row.Picture));

    /// <inheritdoc/>
    public IEnumerable<LeftOutPicture> LeftOut() =>
        (_manifest?.Segments ?? []).SelectMany(segment => SegmentFiles.ReadLeftOut(_folder.Root, segment.Name));

    /// <inheritdoc/>
    public IReadOnlyDictionary<long, Half[]> Vectors(IReadOnlyCollection<long> rows) => rows.Distinct().ToDictionary(row => row,
        number =>
        {
            var row = RowPlace.Of(number);
            if (!_opened.TryGetValue(row.Segment, out var vectors))
            {
                _opened[row.Segment] = vectors =
                    SegmentFiles.OpenVectors(_folder.Root, _manifest!, _manifest!.Segments[row.Segment]);
            }

            return vectors.CopyHalves(row.Row);
        });

    /// <inheritdoc/>
    public IReadOnlyList<long> Write(IndexModel model, PictureChange change)
    {
        var manifest = _manifest ?? IndexManifest.Of(model);
        var next = manifest.Without(change.Removed.Select(RowPlace.Of));
        var added = change.Added;
        if (added.Count + change.LeftOut.Count > 0)
        {
            var name = IndexFolder.NextName(manifest);
            SegmentFiles.Write(_folder.Root, name, manifest.Dimension, [.. added.Select(picture => picture.Vector)],
                [.. added.Select(picture => picture.Picture)], change.LeftOut);
            next = next with { Segments = [.. next.Segments, new IndexManifest.Segment(name, added.Count)] };
        }

        next.Save(_folder.Root);
        _manifest = next;
        return [.. Enumerable.Range(0, added.Count).Select(row => new RowPlace(next.Segments.Count - 1, row).Number)];
    }

    /// <inheritdoc/>
    public void Finish(IReadOnlyList<SkipReport> leftOut)
    {
        var path = Path.Combine(_folder.Root, LeftOutFile.FileName);
        if (leftOut.All(report => report.Total == 0))
        {
            DurableStorage.DeleteFile(path);
            return;
        }

        AtomicFile.Write(path, file =>
        {
            foreach (var report in leftOut)
            {
                report.EachLine(line => file.Write([.. line, (byte)'\n']));
            }
        });
    }

    /// <summary>Lets other processes change the index.</summary>
    public void Dispose()
    {
        foreach (var vectors in _opened.Values)
        {
            vectors.Dispose();
        }

        _folder.Dispose();
    }
}
