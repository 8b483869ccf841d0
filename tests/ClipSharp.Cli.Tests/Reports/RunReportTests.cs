using System.Xml.Linq;
using ClipSharp.Cli.Reports;
using ClipSharp.Cli.Reports.Charts;
using static ClipSharp.Cli.Tests.Reports.ParsedPage;

namespace ClipSharp.Cli.Tests.Reports;

public sealed class RunReportTests
{
    private const string Attack = "<img src=x onerror=\"alert('1')\"> & \0";

    private static readonly byte[] Png = [0x89, 0x50, 0x4E, 0x47];

    private static readonly RunReportData Whole = new()
    {
        Title = "A run",
        Summary = "Twenty thousand pictures.",
        Facts = [("Time", "3 min 41 s"), ("Machine", "2 cores")],
        Accuracy = new HeadlineAccuracy(942, 1000, 360, "of new combinations are named rightly."),
        BatchSize = 256,
        History = History(steps: 300),
        Predictions =
        [
            new(Png, "striped purple star",
                [new("striped purple star", 0.8), new("dotted purple star", 0.15), new("plain red ring", 0.01)]),
            new(Png, "plain red ring", [new("plain pink ring", 0.6), new("plain red ring", 0.3), new("plain red cross", 0.05)]),
            new(Png, "dotted blue heart",
                [new("plain blue heart", 0.6), new("plain blue star", 0.2), new("plain blue ring", 0.1)]),
        ],
        PredictionsNote = "The first three.",
    };

    [Fact]
    public void The_page_has_every_section_and_needs_nothing_from_outside()
    {
        using var folder = new TemporaryFolder();
        RunReport.Write(folder["report.html"], Whole);

        var text = File.ReadAllText(folder["report.html"]);
        var page = Parse(text);
        Assert.Equal(["A run"], Texts(page, "h1"));
        Assert.Equal(["Training", "What the model says"], Texts(page, "h2"));
        Assert.Equal(
            ["Contrastive loss", "Evaluations", "Logit scale", "Learning rate", "Pairs per second", "Gradient norm", "val loss"],
            Texts(page, "h3"));
        Assert.Equal(["Time", "Machine"], Texts(page, "dt"));
        Assert.Contains("94.2%", Texts(page, "b"));
        Assert.Contains(Texts(page, "p"),
            t => t.StartsWith("942 of 1,000 pictures. Guessing among 360 names: 0.28%.", StringComparison.Ordinal));
        Assert.Contains("guessing: ln 256 = 5.55", Texts(page, "text"));
        Assert.Contains("guessing among 360: 0.28%", Texts(page, "text"));

        Assert.Empty(Elements(page, "script").Concat(Elements(page, "link")).Concat(Elements(page, "iframe")));
        Assert.All(Elements(page, "img"),
            img => Assert.StartsWith("data:image/png;base64,", (string)img.Attribute("src")!, StringComparison.Ordinal));
        Assert.DoesNotContain("url(", text, StringComparison.Ordinal);
        Assert.DoesNotContain("@import", text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_picture_is_right_when_its_true_name_comes_first_and_the_true_name_is_marked_wherever_it_stands()
    {
        var pictures = Elements(Parse(RunReport.Page(Whole)), "figure").Where(f => HasClass(f, "picture")).ToList();

        Assert.Equal(["right", "wrong", "wrong"],
            pictures.Select(p => Elements(p, "span").First(s => HasClass(s, "verdict")).Value));
        Assert.Equal([0, 1, -1], pictures.Select(p => Elements(p, "li").ToList().FindIndex(li => HasClass(li, "hit"))));
        Assert.Equal([0, 0, 1], pictures.Select(p => Elements(p, "div").Count(d => HasClass(d, "absent"))));
        Assert.Equal(["width:80%", "width:15%", "width:1%"],
            Elements(pictures[0], "i").Select(i => (string)i.Attribute("style")!));
    }

    [Fact]
    public void No_text_becomes_markup()
    {
        var hostile = Whole with
        {
            Title = Attack,
            Summary = Attack,
            Facts = [(Attack, Attack)],
            Accuracy = Whole.Accuracy! with { Meaning = Attack },
            History = new RunHistory(Whole.History.Train, new Dictionary<string, IReadOnlyList<CurvePoint>>
            {
                [Attack] = [new(1, 0.5)],
                [Attack + "2"] = [new(1, 7)],
            }),
            Predictions = [new(Png, Attack, [new(Attack, 0.5)])],
            PredictionsNote = Attack,
        };

        var text = RunReport.Page(hostile);
        var page = Parse(text);
        var shown = Attack.Replace('\0', '\uFFFD');
        Assert.Equal([shown], Texts(page, "h1"));
        Assert.Equal(shown, Texts(page, "title").First()); // charts have titles too
        Assert.Equal([shown], Texts(page, "dd"));
        Assert.Contains(shown + "2", Texts(page, "h3"));
        Assert.Equal(shown, (string)Assert.Single(Elements(page, "img")).Attribute("alt")!);
        Assert.DoesNotContain("<img src=x", text, StringComparison.Ordinal);
        Assert.DoesNotContain(page.Descendants().Attributes(), a => a.Name.LocalName.StartsWith("on", StringComparison.Ordinal));
    }

    [Fact]
    public void A_run_without_figure_pictures_and_evaluations_still_makes_a_page()
    {
        var bare = new RunReportData
        {
            Title = "Bare",
            History = History(steps: 1) with
            {
                Evaluations = new Dictionary<string,
                IReadOnlyList<CurvePoint>>()
            },
        };
        var page = Parse(RunReport.Page(bare));
        Assert.Equal(["Training"], Texts(page, "h2"));

        var empty = new Dictionary<string, IReadOnlyList<CurvePoint>>();
        Assert.Empty(Texts(Parse(RunReport.Page(bare with { History = new RunHistory(empty, empty) })), "h2"));
    }

    [Fact]
    public void A_long_curve_lies_inside_its_chart_and_stays_small()
    {
        var page = Parse(RunReport.Page(Whole with { History = History(steps: 50_000) }));
        foreach (var svg in Elements(page, "svg"))
        {
            var box = ((string)svg.Attribute("viewBox")!).Split(' ').Select(double.Parse).ToArray();
            foreach (var path in Elements(svg, "path").Select(p => (string)p.Attribute("d")!))
            {
                var points = path.TrimEnd('Z').Split('M', 'L').Skip(1)
                    .Select(p => p.Split(' ').Select(double.Parse).ToArray()).ToList();
                Assert.InRange(points.Count, 1, 810);
                Assert.All(points, p => Assert.True(p[0] >= 0 && p[0] <= box[2] && p[1] >= 0 && p[1] <= box[3],
                    $"{p[0]} {p[1]}"));
            }
        }
    }

    [Fact]
    public void The_kind_of_picture_is_told_by_its_bytes()
    {
        var jpeg = Whole with { Predictions = [new([0xFF, 0xD8, 0xFF], "a", [new("a", 1)])] };
        Assert.Contains("data:image/jpeg;base64,/9j/", RunReport.Page(jpeg), StringComparison.Ordinal);
    }

    private static RunHistory History(int steps)
    {
        IReadOnlyList<CurvePoint> Curve(int count, Func<double, double> value) =>
            [.. Enumerable.Range(1, count).Select(i => new CurvePoint(i, value((double)i / count)))];
        var train = new OrderedDictionary<string, IReadOnlyList<CurvePoint>>
        {
            ["loss"] = Curve(steps, t => 5.5 * Math.Exp(-5 * t)),
            ["lr"] = Curve(steps, t => 1e-3 * (1 - t)),
            ["logit_scale"] = Curve(steps, t => 14 + t),
            ["samples_per_second"] = Curve(steps, t => 1400 + (100 * Math.Sin(90 * t))),
            ["gradient_norm"] = Curve(steps, _ => 0),
        };
        var evaluations = new OrderedDictionary<string, IReadOnlyList<CurvePoint>>
        {
            ["heldout top1"] = Curve(5, t => t),
            ["val loss"] = Curve(5, t => 6 - t),
        };
        return new RunHistory(train, evaluations);
    }

    private static bool HasClass(XElement element, string name) =>
        ((string?)element.Attribute("class") ?? "").Split(' ').Contains(name);
}
