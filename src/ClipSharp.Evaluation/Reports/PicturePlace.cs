using ClipSharp.Data.Index;

namespace ClipSharp.Evaluation.Reports;

/// <summary>Where the bytes of a picture lie.</summary>
/// <param name="Path">The picture's own file, or the shard that holds it.</param>
/// <param name="Offset">Its first byte in the file.</param>
/// <param name="Length">Bytes.</param>
/// <param name="Modified">When the file was last changed, UTC.</param>
public sealed record PicturePlace(string Path, long Offset, long Length, DateTime Modified)
{
    /// <summary>The place of a sample; null where its bytes are packed, as in a Parquet table.</summary>
    internal static PicturePlace? Of(SampleIndex? index, int sample)
    {
        if (index is null || sample < 0)
        {
            return null;
        }

        var (file, offset, length) = index.Picture(sample);
        return file.Packed is null ? new PicturePlace(file.Path, offset, length, file.Modified) : null;
    }
}
