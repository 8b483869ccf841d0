using System.Text;
using ClipSharp.Evaluation;
using ClipSharp.Evaluation.Reports;
using ClipSharp.Search.Collections;

namespace ClipSharp.Cli.Reports.Evaluation;

/// <summary>The pictures of outcomes, small. One that cannot be shown is counted, and so is one for which the page has no room
/// left.</summary>
internal sealed class OutcomePictures
{
    private const int Side = 96;
    private const int Quality = 85;
    private const int MostPictures = 2000; // of about 4 kB each

    private readonly Thumbnails _thumbnails = new(Side);
    private int _shown;

    /// <summary>Pictures that could not be read.</summary>
    public int Unread { get; private set; }

    /// <summary>Writes the pictures of some rows.</summary>
    /// <param name="page">The page.</param>
    /// <param name="part">The rows.</param>
    /// <param name="rows">Which; the first <paramref name="most"/> that can be shown.</param>
    /// <param name="most">How many at most.</param>
    /// <param name="caption">What a picture shows, for those who cannot see it.</param>
    /// <param name="cancel">Stops between two pictures.</param>
    public void Append(StringBuilder page, StoredOutcomes part, IEnumerable<int> rows, int most, Func<Outcome, string> caption,
        CancellationToken cancel)
    {
        var found = 0;
        var tried = 0;
        page.Append("<div class=\"thumbs\">");
        foreach (var row in rows)
        {
            cancel.ThrowIfCancellationRequested();
            // Where a whole shard is gone, not each of its pictures is looked for.
            if (found == most || tried++ == 2 * most || _shown == MostPictures)
            {
                break;
            }

            if (part.Pictures[row] is { } place && Jpeg(place, part.Outcomes[row].Id) is { } jpeg)
            {
                page.Append("<img alt=\"").Append(HtmlText.Escaped(caption(part.Outcomes[row]))).Append("\" title=\"")
                    .Append(HtmlText.Escaped(part.Outcomes[row].Id)).Append("\" src=\"data:image/jpeg;base64,")
                    .Append(Convert.ToBase64String(jpeg)).Append("\"/>");
                found++;
                _shown++;
            }
        }

        page.Append("</div>");
    }

    private byte[]? Jpeg(PicturePlace place, string key)
    {
        try
        {
            if (File.GetLastWriteTimeUtc(place.Path) == place.Modified)
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
