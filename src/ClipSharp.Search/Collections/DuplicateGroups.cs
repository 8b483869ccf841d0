using ClipSharp.Search.Vectors;

namespace ClipSharp.Search.Collections;

/// <summary>Which pictures look alike, as groups.</summary>
internal static class DuplicateGroups
{
    private const int PicturesAtOnce = 64;
    private const int LinksAPicture = 100; // in larger groups all are linked to the first hundred

    /// <summary>Links all pictures with their neighbours.</summary>
    /// <param name="pictures">Rows and pictures.</param>
    /// <param name="vectors">The vectors of rows.</param>
    /// <param name="search">For each query the rows above the threshold, at most so many.</param>
    /// <param name="progress">Told how many are compared.</param>
    public static IReadOnlyList<(float Least, IReadOnlyList<IndexedPicture> Pictures)> Find(
        IReadOnlyList<(long Row, IndexedPicture Picture)> pictures, Func<IReadOnlyList<long>, Embeddings> vectors,
        Func<Embeddings, int, IReadOnlyList<IReadOnlyList<VectorHit>>> search, IProgress<long>? progress)
    {
        var numberOfRow = pictures.Index().ToDictionary(entry => entry.Item.Row, entry => entry.Index);
        int[] parents = [.. Enumerable.Range(0, pictures.Count)];
        float[] least = [.. Enumerable.Repeat(1f, pictures.Count)];
        for (var first = 0; first < pictures.Count; first += PicturesAtOnce)
        {
            long[] rows = [.. pictures.Skip(first).Take(PicturesAtOnce).Select(picture => picture.Row)];
            var found = search(vectors(rows), LinksAPicture);
            for (var i = 0; i < rows.Length; i++)
            {
                foreach (var hit in found[i].Where(hit => hit.Row != rows[i]))
                {
                    Link(first + i, numberOfRow[hit.Row], hit.Score);
                }
            }

            progress?.Report(first + rows.Length);
        }

        // Where only a vector is known nobody knows the bytes.
        foreach (var equal in Enumerable.Range(0, pictures.Count).Where(number => pictures[number].Picture.Hash.Length > 0)
            .GroupBy(number => pictures[number].Picture.Hash))
        {
            foreach (var number in equal.Skip(1))
            {
                Link(equal.First(), number, 1);
            }
        }

        return [.. Enumerable.Range(0, pictures.Count).GroupBy(Root).Where(group => group.Count() > 1)
            .OrderByDescending(group => group.Count()).ThenBy(group => group.First())
            .Select(group => (least[group.Key],
                (IReadOnlyList<IndexedPicture>)[.. group.Select(number => pictures[number].Picture)]))];

        int Root(int number)
        {
            while (parents[number] != number)
            {
                number = parents[number] = parents[parents[number]];
            }

            return number;
        }

        void Link(int a, int b, float score)
        {
            var (rootA, rootB) = (Root(a), Root(b));
            if (rootA != rootB)
            {
                parents[rootB] = rootA;
                least[rootA] = Math.Min(Math.Min(least[rootA], least[rootB]), score);
            }
        }
    }
}
