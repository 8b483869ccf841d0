using System.Xml.Linq;
using ClipSharp.Cli.Reports.Charts;
using ClipSharp.Cli.Reports.Evaluation;
using ClipSharp.Evaluation;
using static ClipSharp.Cli.Tests.Reports.ParsedPage;

namespace ClipSharp.Cli.Tests.Reports;

public sealed class EvaluationPageTests : IDisposable
{
    private const string Attack = "<img src=x onerror=\"alert('1')\">";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_page_has_every_section_and_needs_nothing_from_outside()
    {
        var text = new DrawnReports(_folder).Page();
        var page = Parse(text);
        Assert.Equal(["Evaluation of 2 models"], Texts(page, "h1"));
        Assert.Equal(["Over all sets", "By set", "Zero-shot beside a linear probe", "Few examples", "Robustness to shift",
            "Is one model better?", "Reliability", "What is taken for what", "All metrics", "How it was measured"],
            Texts(page, "h2"));
        Assert.Empty(Elements(page, "script").Concat(Elements(page, "link")));
        Assert.NotEmpty(Elements(page, "img"));
        Assert.All(Elements(page, "img"), img =>
        {
            Assert.StartsWith("data:image/jpeg;base64,", (string)img.Attribute("src")!, StringComparison.Ordinal);
            Assert.NotEmpty((string)img.Attribute("alt")!);
        });
        Assert.DoesNotContain("url(", text, StringComparison.Ordinal);
        Assert.Contains("Two names are alike: cat.", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_chart_has_a_name_and_its_texts_are_texts()
    {
        var charts = Elements(Parse(new DrawnReports(_folder).Page()), "svg")
            .Where(svg => (string?)svg.Attribute("role") == "img");
        Assert.All(charts, svg =>
        {
            Assert.NotEmpty((string)svg.Attribute("aria-label")!);
            Assert.NotEmpty(Elements(svg, "text"));
            Assert.Empty(svg.Descendants().Attributes("id"));
        });
    }

    [Fact]
    public void Confused_pairs_come_most_frequent_first_with_their_pictures()
    {
        var pairs = Elements(Parse(new DrawnReports(_folder).Page(models: 1)), "li")
            .Where(li => li.Value.Contains("taken for", StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(pairs);
        Assert.All(pairs, pair => Assert.InRange(Elements(pair, "img").Count(), 1, 4));
    }

    [Fact]
    public void Pictures_that_are_gone_are_counted_and_the_page_is_made()
    {
        var paths = new DrawnReports(_folder).Write(models: 1);
        File.Delete(_folder["0.tar"]);
        var text = EvaluationPage.Page(new MeasuredReports([.. paths.Select(MeasuredReport.Read)]), [], CancellationToken.None);
        Assert.Empty(Elements(Parse(text), "img"));
        Assert.Contains("pictures are gone or changed since, and not shown.", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Outcomes_of_another_measurement_are_a_note_and_not_shown()
    {
        var paths = new DrawnReports(_folder).Write(models: 1);
        File.Copy(_folder["0-pets.outcomes.parquet"], _folder["0-cifar.outcomes.parquet"], overwrite: true);
        var text = EvaluationPage.Page(new MeasuredReports([.. paths.Select(MeasuredReport.Read)]), [], CancellationToken.None);
        Assert.Contains("another SHA-256", text, StringComparison.Ordinal);
    }

    [Fact]
    public void No_text_becomes_markup()
    {
        var report = new BenchmarkReport
        {
            Dataset = Attack,
            Split = Attack,
            Model = Attack,
            Pretrained = Attack,
            Task = Attack,
            Engine = Attack,
            Notes = [Attack],
            Metrics = [new MetricValue(Attack, 0.5, 0.4, 0.6, 3)],
        };
        var page = Parse(EvaluationPage.Page(new MeasuredReports([new MeasuredReport(report, [])]), [], CancellationToken.None));
        Assert.Empty(Elements(page, "img"));
        Assert.DoesNotContain(page.Descendants().Attributes(),
            attribute => attribute.Name.LocalName.StartsWith("on", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(0.45, "at about 2.8")]
    [InlineData(0.4, "at about 2")]
    [InlineData(0.1, "at 1 or less")]
    [InlineData(0.9, "above 4")]
    public void Where_few_examples_come_up_to_zero_shot_is_told_on_a_logarithmic_scale(double zeroShot, string expected) =>
        Assert.Equal(expected, FewShotSection.Crossing(new FewShotCurve(0, [new FewShotPoint(1, 0.3, null, null),
            new FewShotPoint(2, 0.4, null, null), new FewShotPoint(4, 0.5, null, null)], zeroShot)));

    [Fact]
    public void Models_of_one_name_are_told_apart_by_their_weights_path()
    {
        var reports = new MeasuredReports([.. new[] { "runs/a/last", "runs/b/last" }.Select(path => new MeasuredReport(
            new BenchmarkReport { Dataset = "d", Split = "", Model = "last", Pretrained = path,
            Task = "t", Engine = "", Metrics = [] }, []))]);
        Assert.Equal(["last (a/last)", "last (b/last)"], reports.Models);
    }
}
