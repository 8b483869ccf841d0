using ClipSharp.Data.Index;
using ClipSharp.Evaluation.Reports;

namespace ClipSharp.Evaluation.Overlaps;

/// <summary>A picture of a test set or of the training data.</summary>
/// <param name="Id">Its key in its shard, table or folder.</param>
/// <param name="File">Its own file, or the shard or table that holds it.</param>
/// <param name="Place">Where its bytes lie; null where they are packed, as in a Parquet table.</param>
public sealed record OverlapPicture(string Id, string File, PicturePlace? Place)
{
    /// <summary>The picture of a sample.</summary>
    internal static OverlapPicture Of(SampleIndex index, int sample) =>
        new(index.Key(sample), index.Picture(sample).File.Path, PicturePlace.Of(index, sample));
}
