using ClipSharp.Evaluation.Reports;
using ClipSharp.Search.Collections;

namespace ClipSharp.Cli.Reports;

/// <summary>Pictures read again from where they lay, made small.</summary>
internal sealed class PlacedPictures
{
    private const int Side = 96;
    private const int Quality = 85;

    private readonly Thumbnails _thumbnails = new(Side);

    /// <summary>Pictures that could not be read.</summary>
    public int Unread { get; private set; }

    /// <summary>A picture as a JPEG file; null, and counted, where it is gone or another one now.</summary>
    /// <param name="place">Where it lay; null where nobody knows.</param>
    /// <param name="key">Its name.</param>
    public byte[]? Jpeg(PicturePlace? place, string key)
    {
        try
        {
            if (place is not null && File.GetLastWriteTimeUtc(place.Path) == place.Modified)
            {
                return _thumbnails.Of(new IndexedPicture(place.Path, key) { Offset = place.Offset, Length = place.Length })
                    .ToJpeg(Quality);
            }
        }
        catch (ClipException)
        {
            // Counted below.
        }

        Unread++;
        return null;
    }
}
