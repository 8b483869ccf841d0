using ClipSharp.Data.Index;
using ClipSharp.Data.Pictures;

namespace ClipSharp.Evaluation;

/// <summary>The vectors of an index's pictures. A picture that cannot be used is absent, never a row of zeros.</summary>
/// <param name="Vectors">[N, E].</param>
/// <param name="SampleIds">[N]: row i is the picture of sample <c>SampleIds[i]</c>; rising.</param>
/// <param name="Skips">The pictures that are absent.</param>
public sealed record EncodedPictures(Embeddings Vectors, IReadOnlyList<int> SampleIds, SkipReport Skips)
{
    /// <summary>Encodes all pictures of an index, in its order.</summary>
    /// <param name="clip">The model.</param>
    /// <param name="index">The pictures.</param>
    /// <param name="progress">Told how many samples are done after each batch.</param>
    /// <param name="cancel">Stops between two batches.</param>
    /// <exception cref="ClipException">Not one picture can be used, a vector is not finite, or the disk fails
    /// (InputOutput).</exception>
    public static EncodedPictures Encode(Clip clip, SampleIndex index, IProgress<long>? progress = null,
        CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(clip);
        ArgumentNullException.ThrowIfNull(index);
        var reader = new EvaluationReader(index, clip.Preprocessor, clip.BatchSize, pictures: clip.Pictures);
        var vectors = new Embeddings(index.Count, clip.Encoder.EmbedDim);
        var samples = new List<int>(index.Count);
        foreach (var batch in reader.Read(cancel))
        {
            vectors.Write(samples.Count, clip.EncodeImages(batch.Pixels, row => NameOf(index, batch.SampleIds[row])));
            samples.AddRange(batch.SampleIds);
            progress?.Report(batch.SampleIds[^1] + 1);
        }

        if (samples.Count == 0)
        {
            throw new ClipException(ClipError.Data, "No picture can be used", index.Picture(0).File.Path, reader.Skips.ToString(),
                "at least one whole picture", "Look at the data with: clipsharp data inspect");
        }

        return new EncodedPictures(samples.Count == index.Count ? vectors : vectors.Slice(0, samples.Count), samples,
            reader.Skips);
    }

    /// <summary>A sample's picture for messages: its file, and in a shard its key.</summary>
    internal static string NameOf(SampleIndex index, int sample)
    {
        var picture = index.Picture(sample);
        return picture.IsWithinFile ? $"{picture.File.Path}, {index.Key(sample)}" : picture.File.Path;
    }
}
