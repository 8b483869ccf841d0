using System.Globalization;
using System.Text;
using ClipSharp.Files;
using ClipSharp.Search.Collections;

namespace ClipSharp.Cli.Reports;

/// <summary>One HTML page, complete in itself, with thumbnails of what a search found, best first.</summary>
internal static class FoundSheet
{
    private const int Side = 192;

    /// <summary>Writes the page.</summary>
    /// <param name="path">Where.</param>
    /// <param name="title">What was searched for.</param>
    /// <param name="found">What was found.</param>
    /// <param name="cancel">Stops it.</param>
    /// <exception cref="ClipException">The page cannot be written.</exception>
    public static void Write(string path, string title, IReadOnlyList<FoundPicture> found, CancellationToken cancel)
    {
        var thumbnails = new Thumbnails(Side);
        var page = new StringBuilder();
        ReportPage.Begin(page, title);
        page.Append(CultureInfo.InvariantCulture, $"<p class=\"note\">{found.Count:N0} pictures, the best first.</p>\n")
            .Append("<div class=\"samples\">\n");
        foreach (var (picture, score) in found)
        {
            cancel.ThrowIfCancellationRequested();
            page.Append("<figure class=\"card sample\">").Append(Image(picture, thumbnails)).Append("<figcaption><b>")
                .Append(score.ToString("0.000", CultureInfo.InvariantCulture)).Append("</b> ")
                .Append(HtmlText.Escaped(picture.Caption ?? "")).Append("<br/><small>").Append(HtmlText.Breakable(picture.Name))
                .Append("</small></figcaption></figure>\n");
        }

        page.Append("</div>\n");
        AtomicFile.WriteText(path, ReportPage.End(page));
    }

    private static string Image(IndexedPicture picture, Thumbnails thumbnails)
    {
        try
        {
            var png = Convert.ToBase64String(thumbnails.Of(picture).ToPng());
            return $"<img alt=\"\" src=\"data:image/png;base64,{png}\"/>";
        }
        catch (ClipException)
        {
            return picture.Place.EndsWith(".parquet", StringComparison.OrdinalIgnoreCase)
                ? "<p>in a Parquet file, not shown yet</p>"
                : "<p>gone or changed since it was indexed</p>";
        }
    }
}
