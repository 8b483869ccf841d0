using ClipSharp.Data.Index;
using ClipSharp.Data.Pictures;

namespace ClipSharp.Evaluation.Features;

/// <summary>Features of an index's pictures. A picture that cannot be used is absent, never a row of zeros.</summary>
/// <param name="Vectors">[N, E], or [N, D] before the last projection.</param>
/// <param name="SampleIds">[N]: row i is the picture of sample <c>SampleIds[i]</c>; rising.</param>
/// <param name="Skipped">How many pictures are absent, by reason.</param>
public sealed record FeatureSet(Embeddings Vectors, IReadOnlyList<int> SampleIds, IReadOnlyDictionary<SkipReason, long> Skipped)
{
    /// <summary>Encodes all pictures of an index, in its order.</summary>
    /// <param name="clip">The model.</param>
    /// <param name="index">The pictures.</param>
    /// <param name="layer">Where features are taken.</param>
    /// <param name="progress">Told how many samples are done after each batch.</param>
    /// <param name="cancel">Stops between two batches.</param>
    /// <exception cref="ClipException">Not one picture can be used, a vector is not finite, or the disk fails
    /// (InputOutput).</exception>
    public static FeatureSet Encode(Clip clip, SampleIndex index, FeatureLayer layer = FeatureLayer.Projected,
        IProgress<long>? progress = null, CancellationToken cancel = default) =>
        EncodeAny(clip, index, layer, 0, progress, cancel).RequireSome(index);

    /// <summary>The same where none may be left.</summary>
    internal static FeatureSet EncodeAny(Clip clip, SampleIndex index, FeatureLayer layer, int workers,
        IProgress<long>? progress, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(clip);
        ArgumentNullException.ThrowIfNull(index);
        var reader = new EvaluationReader(index, clip.Preprocessor, clip.BatchSize, workers, clip.Pictures);
        var vectors = new Embeddings(index.Count, WidthOf(clip, layer));
        var samples = new List<int>(index.Count);
        foreach (var batch in reader.Read(cancel))
        {
            var features = layer == FeatureLayer.Projected
                ? clip.EncodeImages(batch.Pixels, Name)
                : FiniteVectors.Require(clip.Encoder.EncodeImageFeatures(batch.Pixels), Name);
            vectors.Write(samples.Count, features);
            samples.AddRange(batch.SampleIds);
            progress?.Report(batch.SampleIds[^1] + 1);

            string Name(int row) => NameOf(index, batch.SampleIds[row]);
        }

        return new FeatureSet(samples.Count == index.Count ? vectors : vectors.Slice(0, samples.Count), samples,
            reader.Skips.Counts);
    }

    /// <summary>The width of the features of a layer.</summary>
    /// <exception cref="ClipException">The engine keeps them to itself.</exception>
    internal static int WidthOf(Clip clip, FeatureLayer layer) => layer == FeatureLayer.Projected
        ? clip.Encoder.EmbedDim
        : clip.Encoder.ImageFeatureDim
            ?? clip.Encoder.EncodeImageFeatures(new Images.PixelBatch([], clip.Preprocessor.Size)).Dimension;

    /// <summary>A sample's picture for messages: its file, and in a shard its key.</summary>
    internal static string NameOf(SampleIndex index, int sample)
    {
        var picture = index.Picture(sample);
        return picture.IsWithinFile ? $"{picture.File.Path}, {index.Key(sample)}" : picture.File.Path;
    }

    /// <summary>Itself, when it has a row.</summary>
    internal FeatureSet RequireSome(SampleIndex index) => SampleIds.Count > 0
        ? this
        : throw new ClipException(ClipError.Data, "No picture can be used", index.Picture(0).File.Path,
            string.Join(", ", Skipped.Select(reason => FormattableString.Invariant($"{reason.Value} {reason.Key}"))),
            "at least one whole picture", "Look at the data with: clipsharp data inspect");
}
