using ClipSharp.Search.Collections;

namespace ClipSharp.Search.Segments;

/// <summary>What is known of the pictures of an index, read from its segments a group at a time; the groups read last are kept,
/// for who looks at results asks for their neighbours next. Thread-safe.</summary>
internal sealed class RowGroups(string root, IndexManifest manifest)
{
    private const int MostKept = 64; // 262,144 pictures, some 90 MB

    // Last used first.
    private readonly LinkedList<((int Segment, int Group) Place, IReadOnlyList<IndexedPicture> Rows)> _kept = new();
    private readonly Lock _gate = new();

    /// <summary>The pictures of some rows of a segment, by row.</summary>
    public Dictionary<int, IndexedPicture> Read(int segment, IReadOnlyCollection<int> rows)
    {
        var pictures = new Dictionary<int, IndexedPicture>(rows.Count);
        var byGroup = rows.Distinct().ToLookup(row => row / MetadataFile.GroupRows);
        var groups = byGroup.Select(each => each.Key).Order().ToDictionary(group => group, group => Find((segment, group)));
        int[] missing = [.. groups.Where(each => each.Value is null).Select(each => each.Key)];
        if (missing.Length > 0)
        {
            var read = SegmentFiles.ReadRows(root, manifest.Segments[segment].Name, missing);
            foreach (var (group, found) in missing.Zip(read))
            {
                groups[group] = found;
                Keep((segment, group), found);
            }
        }

        foreach (var row in byGroup.SelectMany(each => each))
        {
            pictures[row] = groups[row / MetadataFile.GroupRows]![row % MetadataFile.GroupRows];
        }

        return pictures;
    }

    private IReadOnlyList<IndexedPicture>? Find((int, int) place)
    {
        lock (_gate)
        {
            for (var node = _kept.First; node is not null; node = node.Next)
            {
                if (node.Value.Place == place)
                {
                    _kept.Remove(node);
                    _kept.AddFirst(node);
                    return node.Value.Rows;
                }
            }

            return null;
        }
    }

    private void Keep((int, int) place, IReadOnlyList<IndexedPicture> rows)
    {
        lock (_gate)
        {
            _kept.AddFirst((place, rows));
            while (_kept.Count > MostKept)
            {
                _kept.RemoveLast();
            }
        }
    }
}
