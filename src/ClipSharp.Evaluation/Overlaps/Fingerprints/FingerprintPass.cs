using ClipSharp.Data.Index;
using ClipSharp.Data.Pictures;
using ClipSharp.Evaluation.Features;
using ClipSharp.Images.Decoding;

namespace ClipSharp.Evaluation.Overlaps.Fingerprints;

/// <summary>The fingerprints of an index's pictures as features, 24 numbers a row: no model is asked, so that all models share
/// them.</summary>
internal static class FingerprintPass
{
    // Raised when fingerprints are computed another way: older ones are then not found.
    private const string Version = "fingerprint 1";

    public static FeatureKey KeyOf(SampleIndex index) => new("", Version, FeatureKey.DataOf(index), "fingerprint");

    /// <summary>Computes them; a picture that cannot be decoded is absent.</summary>
    public static FeatureSet Compute(SampleIndex index, PictureOptions options, int workers, IProgress<long>? progress,
        CancellationToken cancel)
    {
        var rows = new Embeddings(index.Count, PictureFingerprint.Width);
        var isThere = new bool[index.Count];
        // Equal pixels are those of the whole picture, upright.
        var whole = options with { Limits = options.Limits with { JpegShortSide = 0 } };
        var skips = PicturePass.Run(index, workers, whole, (sample, image) =>
        {
            PictureFingerprint.Of(ExifOrientation.Apply(image, image.Orientation)).WriteTo(rows.Writable(sample));
            isThere[sample] = true;
        }, progress, cancel);
        int[] samples = [.. Enumerable.Range(0, index.Count).Where(sample => isThere[sample])];
        return new FeatureSet(samples.Length == index.Count ? rows : rows.Rows(samples), samples, skips.Counts);
    }
}
