using ClipSharp.Data.Pictures;

namespace ClipSharp.Data.Index;

/// <summary>What decoding every picture of an index once has shown.</summary>
/// <param name="Sizes">Width and height of each sample's picture; 0 × 0 where it is broken.</param>
/// <param name="Skips">The broken ones.</param>
public sealed record PictureSurvey(IReadOnlyList<(int Width, int Height)> Sizes, SkipReport Skips)
{
    /// <summary>Pictures with greys of 16 bits above 255, of which the references make white.</summary>
    public int DeepGreys { get; private init; }

    /// <summary>Samples whose picture decodes.</summary>
    public long Usable => Sizes.Count - Skips.Total;

    internal static PictureSurvey Run(SampleIndex index, int workers, PictureOptions options, CancellationToken cancel)
    {
        var deepGreys = 0;
        var sizes = new (int Width, int Height)[index.Count];
        var skips = PicturePass.Run(index, workers, options, (sample, image) =>
        {
            sizes[sample] = (image.Width, image.Height);
            if (image.HasDeepGreys)
            {
                Interlocked.Increment(ref deepGreys);
            }
        }, progress: null, cancel);
        return new PictureSurvey(sizes, skips) { DeepGreys = deepGreys };
    }
}
