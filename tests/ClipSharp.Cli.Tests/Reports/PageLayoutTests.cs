using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using ClipSharp.Cli.Reports;
using ClipSharp.Cli.Reports.Charts;
using ClipSharp.Data;
using ClipSharp.Data.Index;
using ClipSharp.Data.Pictures;
using ClipSharp.Data.Sources;
using ClipSharp.Training;

namespace ClipSharp.Cli.Tests.Reports;

/// <summary>Pages in a browser: nothing is wider than the window, every text can be read, dark and light.</summary>
public sealed partial class PageLayoutTests : IDisposable
{
    private const string Browser = "/usr/bin/chromium";
    private const double SmallestText = 9; // pixels on the screen

    // A browser's window has no less than 500 pixels, a frame has. The page's own policy allows no script: the frame's owner
    // measures.
    private static readonly string[] Pages = ["one run", "many runs", "quickstart", "sheet", "evaluation"];
    private static readonly int[] Widths = [1200, 800, 400];

    // A browser's window has no less than 500 pixels, a frame has. The page's own policy allows no script: the frame's owner
    // measures.
    private const string Frames = """
        <!DOCTYPE html><html><head><meta charset="utf-8"><meta name="color-scheme" content="light dark"></head><body>
        FRAMES
        <script>
        function measured(frame) {
            const page = frame.contentDocument, view = frame.contentWindow;
            const texts = [...page.querySelectorAll('svg text')].filter(t => t.getClientRects().length > 0);
            const fonts = texts.map(t => parseFloat(view.getComputedStyle(t).fontSize) * Math.hypot(t.getScreenCTM().a, t.getScreenCTM().b));
            const outside = texts.filter(t => { const a = t.getBoundingClientRect(), b = t.ownerSVGElement.getBoundingClientRect();
                return a.left < b.left - 1 || a.right > b.right + 1; });
            return 'window ' + view.innerWidth + ' page ' + page.documentElement.scrollWidth + ' text ' + Math.min(...fonts, 99).toFixed(1)
                + ' outside ' + outside.length + ' paper ' + view.getComputedStyle(page.body).backgroundColor.replaceAll(' ', '');
        }
        addEventListener('load', () => { document.title = [...document.querySelectorAll('iframe')].map(measured).join('; '); });
        </script></body></html>
        """;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void No_page_is_wider_than_its_window_and_no_text_too_small()
    {
        var pages = Pages.Select(Page).ToList();
        var light = Shown(pages, isDark: false);
        var dark = Shown(pages, isDark: true);
        Assert.Equal(Pages.Length * Widths.Length, light.Count);
        foreach (var (i, (name, width)) in Pages.SelectMany(name => Widths.Select(width => (name, width))).Index())
        {
            var shown = light[i];
            Assert.True(shown.Window == width && shown.Page is >= 1 && shown.Page <= width, $"{name}, {width} wide: {shown}");
            Assert.True(shown.Text is >= SmallestText and <= 99 && shown.Outside == 0, $"{name}, {width} wide: {shown}");
            Assert.True(shown.Paper != dark[i].Paper, $"{name}, {width} wide: {shown} and {dark[i]}");
        }
    }

    private string Page(string name) => name switch
    {
        "one run" => RunComparison.Page([Run("rate")], [Named("striped purple star")]),
        "many runs" =>
        RunComparison.Page([.. Enumerable.Range(1, 5).Select(i => Run($"a-long-name-of-a-run-with-learning-rate-{i}e-4"))], []),
        "quickstart" => RunReport.Page(new RunReportData
        {
            Title = "Quickstart",
            Summary = "A corpus of shapes.",
            Facts = [("Time", "3 min 41 s"), ("Machine", "2 cores"), ("Model", "runs/quickstart/train/checkpoints/epoch_7")],
            Accuracy = new HeadlineAccuracy(942, 1000, 360, "of new combinations are named rightly."),
            BatchSize = 256,
            History = History(),
            Predictions = [Named("striped purple star"), Named(new string('x', 90))],
            PredictionsNote = "The first two.",
        }),
        "evaluation" => new DrawnReports(_folder).Page(models: 3),
        _ => Sheet(),
    };

    private string Sheet()
    {
        ShardWriter.Write(_folder["0.tar"], Enumerable.Range(0, 5).SelectMany(i => (ShardMember[])
            [new($"{i}{new string('k', 60)}", "png", ColourPictures.Png(i % 3)),
                new($"{i}{new string('k', 60)}", "txt", Encoding.UTF8.GetBytes($"{new string('w', 300)} {i}"))]));
        var index = SampleIndex.Build(SampleSources.Open(_folder["0.tar"], new DataOptions()),
            cancel: TestContext.Current.CancellationToken);
        ContactSheet.Write(_folder["sheet.html"], index,
            _folder["a/long/path/of/a/data/set/that/goes/on/and/on/{00000..00127}.tar"], 10,
            PictureOptions.Default, TestContext.Current.CancellationToken);
        return File.ReadAllText(_folder["sheet.html"]);
    }

    private static ComparedRun Run(string name) =>
        new(name, History(), new TrainOptions { TrainData = "/data/" + new string('d', 120) + "/{00000..00127}.tar" });

    private static PicturePrediction Named(string truth) =>
        new(ColourPictures.Png(0), truth, [new(truth, 0.8), new("plain red ring", 0.01)]);

    private static RunHistory History()
    {
        IReadOnlyList<CurvePoint> Curve(Func<double, double> value) =>
            [.. Enumerable.Range(1, 40).Select(i => new CurvePoint(i * 2500, value(i / 40.0)))];
        return new RunHistory(
            new OrderedDictionary<string, IReadOnlyList<CurvePoint>>
            {
                ["loss"] = Curve(t => 5.5 * Math.Exp(-5 * t)),
                ["lr"] = Curve(t => 1e-3 * (1 - t)),
                ["logit_scale"] = Curve(t => 14 + t),
                ["samples_per_second"] = Curve(t => 1400 + (100 * t)),
                ["gradient_norm"] = Curve(t => 12345 * t),
            },
            new OrderedDictionary<string, IReadOnlyList<CurvePoint>>
            {
                ["val/image_retrieval_recall@10"] = Curve(t => 0.0119 * t),
                ["val/image_retrieval_mean_rank"] = Curve(t => 1 - (t / 1000)),
                ["heldout/mean_per_class_recall"] = Curve(t => t),
            });
    }

    // One start of the browser, for it takes seconds: each page in a frame of each width.
    private List<(int Window, double Page, double Text, int Outside, string Paper)> Shown(IEnumerable<string> pages, bool isDark)
    {
        Assert.SkipUnless(File.Exists(Browser), "There is no chromium here.");
        var frames = from page in pages
                     from width in Widths
                     let style = $"border:0;width:{width}px;height:900px"
                     select $"""<iframe style="{style}" srcdoc="{WebUtility.HtmlEncode(page)}"></iframe>""";
        var path = _folder[$"{Guid.NewGuid():N}.html"];
        File.WriteAllText(path, Frames.Replace("FRAMES", string.Join('\n', frames), StringComparison.Ordinal));
        var start = new ProcessStartInfo(Browser,
        [
            "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync", $"--user-data-dir={_folder["browser"]}", "--window-size=1400,1000",
            $"--blink-settings=preferredColorScheme={(isDark ? 0 : 1)}",
            "--dump-dom", new Uri(path).AbsoluteUri,
        ])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        process.ErrorDataReceived += (_, _) => { };
        process.BeginErrorReadLine();
        var shown = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        var title = Title().Match(shown).Value;
        Assert.True(title.Length > 0, shown[..Math.Min(500, shown.Length)]);
        double Number(Match match, string name) => double.Parse(match.Groups[name].Value, CultureInfo.InvariantCulture);
        return [.. Measured().Matches(title).Select(match => ((int)Number(match, "window"), Number(match, "page"),
            Number(match, "text"), (int)Number(match, "outside"), match.Groups["paper"].Value))];
    }

    [GeneratedRegex("(?<=<title>)window [^<]+(?=</title>)")]
    private static partial Regex Title();

    [GeneratedRegex("window (?<window>[0-9]+) page (?<page>[0-9]+) text (?<text>[0-9.]+) outside (?<outside>[0-9]+) paper (?<paper>[^;]+)")]
    private static partial Regex Measured();
}
