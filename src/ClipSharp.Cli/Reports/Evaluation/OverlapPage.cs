using System.Globalization;
using System.Text;
using ClipSharp.Evaluation.Overlaps;
using static System.FormattableString;

namespace ClipSharp.Cli.Reports.Evaluation;

/// <summary>Test pictures beside the training pictures that are nearest to them, so that a person can choose the rule by eye:
/// what counts as overlap, the least sure first, and what does not, the nearest first, by hash and by vectors.</summary>
internal static class OverlapPage
{
    private const int MostPairs = 100; // a section; two pictures of about 4 kB each

    /// <summary>The page; it is also well-formed XML.</summary>
    /// <param name="report">What was found.</param>
    /// <param name="cancel">Stops between two pairs.</param>
    public static string Page(OverlapReport report, CancellationToken cancel)
    {
        var (page, pictures) = (new StringBuilder(), new PlacedPictures());
        ReportPage.Begin(page, "Overlap with training data");
        page.Append("<section class=\"head\">\n<dl class=\"card facts\">\n");
        Fact("Model", report.Model);
        Fact("Training pictures", Invariant($"{report.TrainingPictures:N0}"));
        Fact("Cosine at least", Invariant($"{report.Rule.Near:0.###}"));
        Fact("Hash distance at most", Invariant($"{report.Rule.HashDistance}"));
        page.Append("</dl>\n</section>\n<p class=\"note\">Of each pair the test picture is on the left, the training picture on the right. Overlap is what has equal pixels, or is near by both numbers. Where the first pairs of the overlap are no copies, ask for more likeness by --near and --hash-distance; where the first pairs of the others are copies, for less. It takes seconds.</p>\n");
        foreach (var set in report.Sets)
        {
            AppendSet(page, set, report.Rule, pictures, cancel);
        }

        if (pictures.Unread > 0)
        {
            page.Append(CultureInfo.InvariantCulture,
                $"<p class=\"note\">{pictures.Unread:N0} pictures are in Parquet tables, gone or changed since, and not shown.</p>\n");
        }

        return ReportPage.End(page);

        void Fact(string name, string value) => page.Append("<div><dt>").Append(name).Append("</dt><dd>")
            .Append(HtmlText.Breakable(value)).Append("</dd></div>\n");
    }

    private static void AppendSet(StringBuilder page, OverlapSet set, OverlapRule rule, PlacedPictures pictures,
        CancellationToken cancel)
    {
        var found = set.Pictures.Select(picture => (picture.Test, Pair: picture.Deciding(rule))).ToList();
        var overlap = found.FindAll(entry => rule.Holds(entry.Pair));
        var others = found.FindAll(entry => !rule.Holds(entry.Pair));
        page.Append("<h2>").Append(HtmlText.Breakable($"{set.Dataset}, {set.Split}")).Append("</h2>\n");
        Section("Overlap, the least sure first", overlap.AsEnumerable().Reverse(), overlap.Count);
        Section("No overlap, the nearest by hash first", others, others.Count);
        Section("No overlap, the nearest by vectors first",
            set.Pictures.Where(picture => !picture.IsOverlap(rule)).Select(picture => (picture.Test, Pair: picture.ByVectors))
                .OrderByDescending(entry => entry.Pair.Cosine), others.Count);

        void Section(string title, IEnumerable<(OverlapPicture Test, OverlapPair Pair)> pairs, int count)
        {
            var shown = count > MostPairs ? Invariant($"{MostPairs} of {count:N0}") : Invariant($"{count:N0}");
            ReportPage.AppendFolded(page, $"{title}: {shown}", () =>
            {
                page.Append("<ul class=\"taken\">\n");
                foreach (var (test, pair) in pairs.Take(MostPairs))
                {
                    cancel.ThrowIfCancellationRequested();
                    AppendPair(page, test, pair, pictures);
                }

                page.Append("</ul>\n");
            }, isOpen: true);
        }
    }

    private static void AppendPair(StringBuilder page, OverlapPicture test, OverlapPair pair, PlacedPictures pictures)
    {
        page.Append("<li class=\"card\"><p class=\"count\">").Append(pair.IsIdentical ? "equal pixels, " : "")
            .Append(CultureInfo.InvariantCulture, $"hash distance <b>{pair.HashDistance}</b>, cosine <b>{pair.Cosine:0.000}</b>")
            .Append("</p><div class=\"thumbs\">");
        Picture(test, "test picture");
        Picture(pair.Training, "training picture");
        page.Append("</div><p class=\"count\">").Append(HtmlText.Breakable(test.Id)).Append("<br/>")
            .Append(HtmlText.Breakable(pair.Training.Id)).Append("</p></li>\n");

        void Picture(OverlapPicture picture, string role)
        {
            if (pictures.Jpeg(picture.Place, picture.Id) is { } jpeg)
            {
                page.Append("<img alt=\"").Append(role).Append("\" title=\"").Append(HtmlText.Escaped(picture.Id))
                    .Append("\" src=\"data:image/jpeg;base64,").Append(Convert.ToBase64String(jpeg)).Append("\"/>");
            }
            else
            {
                page.Append("<p class=\"count\">not shown</p>");
            }
        }
    }
}
