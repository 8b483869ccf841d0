using ClipSharp.Data.Index;
using ClipSharp.Evaluation.Features;

namespace ClipSharp.Evaluation.Overlaps.Fingerprints;

/// <summary>Some pictures of an index, of which both the vector and the fingerprint are known.</summary>
/// <param name="Vectors">[N, E].</param>
/// <param name="Fingerprints">[N].</param>
/// <param name="SampleIds">[N], rising.</param>
/// <param name="Skipped">Pictures that are absent, by reason.</param>
internal sealed record PicturePart(Embeddings Vectors, PictureFingerprint[] Fingerprints, IReadOnlyList<int> SampleIds,
    IReadOnlyDictionary<SkipReason, long> Skipped)
{
    /// <summary>Those that both passes over the pictures could read.</summary>
    public static PicturePart Of(FeatureSet vectors, FeatureSet fingerprints)
    {
        if (vectors.SampleIds.SequenceEqual(fingerprints.SampleIds))
        {
            return new PicturePart(vectors.Vectors, Read(fingerprints, [.. Enumerable.Range(0, fingerprints.SampleIds.Count)]),
                vectors.SampleIds, vectors.Skipped);
        }

        // A disk failed in one of the passes.
        var rowOf = fingerprints.SampleIds.Index().ToDictionary(entry => entry.Item, entry => entry.Index);
        int[] rows = [.. Enumerable.Range(0, vectors.SampleIds.Count).Where(row => rowOf.ContainsKey(vectors.SampleIds[row]))];
        var skipped = new SortedDictionary<SkipReason, long>(vectors.Skipped.ToDictionary());
        skipped[SkipReason.ReadFailed] = skipped.GetValueOrDefault(SkipReason.ReadFailed) + vectors.SampleIds.Count - rows.Length;
        return new PicturePart(vectors.Vectors.Rows(rows),
            Read(fingerprints, [.. rows.Select(row => rowOf[vectors.SampleIds[row]])]),
            [.. rows.Select(row => vectors.SampleIds[row])], skipped);
    }

    /// <summary>Neighbouring parts as one.</summary>
    /// <param name="parts">In their order.</param>
    /// <param name="dimension">E.</param>
    public static PicturePart Joined(IReadOnlyList<PicturePart> parts, int dimension)
    {
        var vectors = new Embeddings(parts.Sum(part => part.Vectors.Count), dimension);
        var first = 0;
        foreach (var part in parts)
        {
            vectors.Write(first, part.Vectors);
            first += part.Vectors.Count;
        }

        return new PicturePart(vectors, [.. parts.SelectMany(part => part.Fingerprints)],
            [.. parts.SelectMany(part => part.SampleIds)], Sum(parts.Select(part => part.Skipped)));
    }

    /// <summary>Several counts as one.</summary>
    public static IReadOnlyDictionary<SkipReason, long> Sum(IEnumerable<IReadOnlyDictionary<SkipReason, long>> counts) =>
        new SortedDictionary<SkipReason, long>(counts.SelectMany(count => count).GroupBy(reason => reason.Key)
            .ToDictionary(reason => reason.Key, reason => reason.Sum(entry => entry.Value)));

    private static PictureFingerprint[] Read(FeatureSet fingerprints, int[] rows) =>
        Array.ConvertAll(rows, row => PictureFingerprint.FromRow(fingerprints.Vectors.Row(row)));
}
