using ClipSharp.Cli.Reports;
using ClipSharp.Cli.Reports.Charts;
using ClipSharp.Training;
using static ClipSharp.Cli.Tests.Reports.ParsedPage;

namespace ClipSharp.Cli.Tests.Reports;

public sealed class RunComparisonTests
{
    private const string Attack = "<img src=x onerror=\"alert('1')\">";

    [Fact]
    public void Runs_lie_over_one_another_and_only_options_that_differ_are_listed()
    {
        var page = Parse(RunComparison.Page([Run("slow", lr: 1e-4), Run("fast", lr: 1e-3)], []));

        Assert.Equal(["2 training runs"], Texts(page, "h1"));
        Assert.Equal(["Training", "Evaluations", "Where their options differ"], Texts(page, "h2"));
        Assert.Equal(["Contrastive loss", "Logit scale", "val/recall@1"], Texts(page, "h3"));
        // One smoothed line a run, each in its colour; the marks of legends are no charts.
        Assert.All(Elements(page, "svg").Where(svg => (string?)svg.Attribute("role") == "img"),
            svg => Assert.Equal(["var(--c0)", "var(--c1)"], Elements(svg, "path").Select(path => (string)path.Attribute("style")!)
                .Where(style => style.EndsWith("stroke-width:2", StringComparison.Ordinal))
                .Select(style => style.Split("stroke:")[1].Split(';')[0]).Distinct()));
        var differences = Elements(page, "table").Last();
        Assert.Equal(["lr", "0.0001", "0.001"],
            Elements(Elements(differences, "tbody").Single(), "tr").Single().Elements().Select(e => e.Value));
    }

    [Fact]
    public void A_single_run_is_compared_with_the_defaults()
    {
        var page = Parse(RunComparison.Page([Run("only", lr: 1e-4)], []));

        Assert.Equal(["only"], Texts(page, "h1"));
        Assert.Contains("Options that are not the defaults", Texts(page, "h2"));
        Assert.Contains("lr", Texts(Elements(page, "table").Last(), "th"));
    }

    [Theory]
    [InlineData(null, "ViT-Tiny-64")]
    [InlineData("logs/first", "as in logs/first")]
    public void A_run_that_starts_from_a_model_is_not_said_to_be_of_the_default_one(string? pretrained, string model)
    {
        var run = Run("only", lr: 1e-4);
        var page = Parse(RunComparison.Page([run with { Options = run.Options with { Pretrained = pretrained } }], []));
        Assert.Equal(["Model", model],
            Elements(Elements(page, "tbody").First(), "tr").First().Elements().Select(e => e.Value));
    }

    [Fact]
    public void The_page_needs_nothing_from_outside_and_no_text_becomes_markup()
    {
        var text = RunComparison.Page([Run(Attack, lr: 1e-4), Run("b", 1e-3)], []);
        var page = Parse(text);

        Assert.Empty(Elements(page, "script").Concat(Elements(page, "link")).Concat(Elements(page, "img")));
        Assert.DoesNotContain("url(", text, StringComparison.Ordinal);
        Assert.Contains(Attack, Texts(page, "th"));
    }

    private static ComparedRun Run(string name, double lr)
    {
        IReadOnlyList<CurvePoint> Curve(double end) =>
            [.. Enumerable.Range(1, 30).Select(i => new CurvePoint(i, 5 - ((5 - end) * i / 30)))];
        return new ComparedRun(name,
            new RunHistory(
                new OrderedDictionary<string, IReadOnlyList<CurvePoint>> { ["loss"] = Curve(1), ["logit_scale"] = Curve(14) },
                new OrderedDictionary<string, IReadOnlyList<CurvePoint>> { ["val/recall@1"] = [new(15, 0.2), new(30, 0.4)] }),
            new TrainOptions { TrainData = "train", Lr = lr, Name = name });
    }
}
