using ClipSharp.Search.Collections;
using ClipSharp.Search.Segments;

namespace ClipSharp.Search.Updates;

/// <summary>What a store holds, by what tells pictures apart, while it is brought up to date.</summary>
internal sealed class KnownPictures
{
    private readonly Dictionary<(string, long), (long Row, IndexedPicture Picture)> _byId = [];
    private readonly Dictionary<string, long> _byHash = new(StringComparer.Ordinal);
    private readonly Dictionary<(string, long), LeftOutPicture> _leftOut = [];

    /// <summary>Reads what is there.</summary>
    public static KnownPictures Read(IPictureWriter store)
    {
        var known = Of(store.Pictures());
        foreach (var picture in store.LeftOut())
        {
            known._leftOut[(picture.Place, picture.Offset)] = picture; // the last try counts
        }

        return known;
    }

    /// <summary>The pictures of some rows.</summary>
    public static KnownPictures Of(IEnumerable<(long Row, IndexedPicture Picture)> rows)
    {
        var known = new KnownPictures();
        foreach (var (row, picture) in rows)
        {
            known.Add(row, picture);
        }

        return known;
    }

    /// <summary>How many.</summary>
    public int Count => _byId.Count;

    /// <summary>All of them.</summary>
    public IEnumerable<IndexedPicture> All => _byId.Values.Select(known => known.Picture);

    /// <summary>All of them with their rows.</summary>
    public IEnumerable<(long Row, IndexedPicture Picture)> Rows => _byId.Values;

    /// <summary>What is known of a picture's place, or null.</summary>
    public IndexedPicture? Find(IndexedPicture picture) => _byId.GetValueOrDefault(picture.Id).Picture;

    /// <summary>The rows of pictures that are known.</summary>
    public IEnumerable<long> RowsOf(IEnumerable<IndexedPicture> pictures) => pictures.Select(picture => _byId[picture.Id].Row);

    /// <summary>A row with the vector of some bytes; its picture may be gone.</summary>
    public bool TryFind(string hash, out long row) => _byHash.TryGetValue(hash, out row);

    /// <summary>Why a picture had no vector when it was as it is now, or null.</summary>
    public LeftOutPicture? LeftOut(IndexedPicture picture) => _leftOut.TryGetValue(picture.Id, out var tried)
        && (tried.Length, tried.Modified) == (picture.Length, picture.Modified) ? tried : null;

    /// <summary>Adds a picture, in place of that of the same bytes.</summary>
    public void Add(long row, IndexedPicture picture)
    {
        _byId[picture.Id] = (row, picture);
        _byHash[picture.Hash] = row;
    }

    /// <summary>Forgets a picture; its vector may still be copied.</summary>
    public void Remove(IndexedPicture picture) => _byId.Remove(picture.Id);
}
