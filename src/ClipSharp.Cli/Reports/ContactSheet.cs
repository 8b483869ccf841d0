using System.Globalization;
using System.Text;
using ClipSharp.Data.Index;
using ClipSharp.Data.Pictures;
using ClipSharp.Files;
using ClipSharp.Images;

namespace ClipSharp.Cli.Reports;

/// <summary>One HTML page, complete in itself, with pictures spread evenly over an index and their captions.</summary>
internal static class ContactSheet
{
    private const int Side = 144;

    /// <summary>Writes the page.</summary>
    /// <param name="path">Where.</param>
    /// <param name="index">The samples.</param>
    /// <param name="title">What the data is called.</param>
    /// <param name="count">Pictures on the page, fewer where there are fewer.</param>
    /// <param name="pictures">How pictures are read.</param>
    /// <param name="cancel">Stops it.</param>
    /// <exception cref="ClipException">The page cannot be written.</exception>
    public static void Write(string path, SampleIndex index, string title, int count, PictureOptions pictures,
        CancellationToken cancel)
    {
        count = Math.Clamp(count, 1, index.Count);
        var shown = Enumerable.Range(0, count).Select(i => (int)((long)i * index.Count / count)).ToArray();
        var config = new PreprocessConfig { ResizeMode = ResizeMode.Longest, FillColor = 255, Background = Background.White };
        var reader = new EvaluationReader(index.Select(shown), new ImagePreprocessor(config, Side), batchSize: 32,
            pictures: pictures);
        var samples = new StringBuilder();
        foreach (var batch in reader.Read(cancel))
        {
            for (var row = 0; row < batch.SampleIds.Length; row++)
            {
                Append(samples, index, shown[batch.SampleIds[row]], batch.Pixels.Picture(row));
            }
        }

        var broken = reader.Skips.Total > 0 ? $"; broken, not shown: {reader.Skips}" : "";
        var page = new StringBuilder();
        ReportPage.Begin(page, title);
        page.Append(CultureInfo.InvariantCulture,
            $"<p class=\"note\">{count:N0} of {index.Count:N0} samples{HtmlText.Escaped(broken)}.</p>\n")
            .Append("<div class=\"samples\">\n").Append(samples).Append("</div>\n");
        AtomicFile.WriteText(path, ReportPage.End(page));
    }

    private static void Append(StringBuilder page, SampleIndex index, int sample, ReadOnlySpan<byte> planes)
    {
        var picture = Convert.ToBase64String(RgbImage.FromPlanes(planes, Side, Side).ToPng());
        page.Append("<figure class=\"card sample\"><img alt=\"\" src=\"data:image/png;base64,").Append(picture)
            .Append("\"/><figcaption><ol>");
        foreach (var caption in index.Captions(sample))
        {
            page.Append("<li>").Append(HtmlText.Escaped(caption)).Append("</li>");
        }

        var named = index.Class(sample) >= 0 ? string.Create(CultureInfo.InvariantCulture, $", class {index.Class(sample)}") : "";
        page.Append("</ol><small>").Append(HtmlText.Escaped(index.Key(sample) + named))
            .Append("</small></figcaption></figure>\n");
    }
}
