namespace ClipSharp.Search.Collections;

/// <summary>A row of an index.</summary>
/// <param name="Segment">The number of its segment.</param>
/// <param name="Row">Its row there.</param>
internal readonly record struct RowPlace(int Segment, int Row);

/// <summary>All rows of an index by what tells pictures apart, while it is brought up to date.</summary>
internal sealed class IndexRows
{
    private readonly Dictionary<(string, long), (RowPlace Place, IndexedPicture Picture)> _byId = [];
    private readonly Dictionary<string, RowPlace> _byHash = new(StringComparer.Ordinal);
    private readonly Dictionary<(string, long), LeftOutPicture> _leftOut = [];

    /// <summary>Reads what is there.</summary>
    public static IndexRows Read(string root, IndexManifest? manifest)
    {
        var rows = new IndexRows();
        for (var number = 0; number < (manifest?.Segments.Count ?? 0); number++)
        {
            var segment = manifest!.Segments[number];
            var live = segment.LiveRows();
            var row = 0;
            foreach (var picture in SegmentFiles.ReadRows(root, segment.Name).SelectMany(group => group))
            {
                if (live[row])
                {
                    rows.Add(new RowPlace(number, row), picture);
                }

                row++;
            }

            foreach (var picture in SegmentFiles.ReadLeftOut(root, segment.Name))
            {
                rows._leftOut[(picture.Place, picture.Offset)] = picture; // the last try counts
            }
        }

        return rows;
    }

    /// <summary>Rows.</summary>
    public int Count => _byId.Count;

    /// <summary>All rows.</summary>
    public IEnumerable<(RowPlace Place, IndexedPicture Picture)> All => _byId.Values;

    /// <summary>The row of a picture's place.</summary>
    public bool TryFind(IndexedPicture picture, out RowPlace place, out IndexedPicture row)
    {
        var found = _byId.TryGetValue(picture.Id, out var there);
        (place, row) = there;
        return found;
    }

    /// <summary>A row with the vector of some bytes; its picture may be gone.</summary>
    public bool TryFind(string hash, out RowPlace place) => _byHash.TryGetValue(hash, out place);

    /// <summary>Why a picture had no vector when it was as it is now, or null.</summary>
    public LeftOutPicture? LeftOut(IndexedPicture picture) => _leftOut.TryGetValue(picture.Id, out var tried)
        && (tried.Length, tried.Modified) == (picture.Length, picture.Modified) ? tried : null;

    /// <summary>Adds a row, in place of that of the same picture.</summary>
    public void Add(RowPlace place, IndexedPicture picture)
    {
        _byId[picture.Id] = (place, picture);
        _byHash[picture.Hash] = place;
    }

    /// <summary>Forgets a picture; its vector may still be copied.</summary>
    public void Remove(IndexedPicture picture) => _byId.Remove(picture.Id);
}
