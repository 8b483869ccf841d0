using System.Text;
using ClipSharp.Evaluation;
using ClipSharp.Evaluation.Reports;

namespace ClipSharp.Cli.Reports.Evaluation;

/// <summary>The pictures of outcomes, small. One that cannot be shown is counted, and so is one for which the page has no room
/// left.</summary>
internal sealed class OutcomePictures
{
    private const int MostPictures = 2000; // of about 4 kB each

    private readonly PlacedPictures _pictures = new();
    private int _shown;

    /// <summary>Pictures that could not be read.</summary>
    public int Unread => _pictures.Unread;

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

            if (part.Pictures[row] is { } place && _pictures.Jpeg(place, part.Outcomes[row].Id) is { } jpeg)
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
}
