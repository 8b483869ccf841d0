using ClipSharp.Evaluation.Features;
using ClipSharp.Evaluation.Statistics;
using ClipSharp.Evaluation.Templates;

namespace ClipSharp.Evaluation.Tests.Templates;

/// <summary>Templates by an encoder of hashes, which is right for a third of the pictures, by each template for others.</summary>
public sealed class TemplateScoringTests : IDisposable
{
    private static readonly string[] Sentences = ["{}", "one {}", "a {} thing", "some {}", "the {}"];

    private readonly TemporaryFolder _folder = new();
    private readonly FakeEncoder _encoder = new(8);
    private readonly Clip _clip;
    private readonly string _split;

    public TemplateScoringTests()
    {
        _clip = new Clip(_encoder, TinyModel.Write(_folder["model"])) { BatchSize = 16 };
        _split = ColourPictures.WriteSplit(_folder, 180, broken: [5]);
        ColourPictures.WriteNamed(_folder, "val", 120);
    }

    public void Dispose()
    {
        _clip.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("acc1")]
    [InlineData("mean_per_class_recall")]
    public void Each_value_is_that_of_an_ordinary_evaluation(string metric)
    {
        var report = Run(new TemplateScoringOptions { ChooseSplit = "val", Metric = metric, Steps = 5 });
        Assert.Equal(("val", 120), (report.ChosenOn, report.ChosenPictures));
        Assert.Equal(("test", 179), (report.MeasuredOn, report.MeasuredPictures));
        Same(Sentences, "val", report.All);
        Same(["{}"], "val", report.Bare);
        Assert.Equal(Sentences, report.Templates.Select(score => score.Template));
        foreach (var score in report.Templates)
        {
            Same([score.Template], "val", score.Alone);
            Same([.. Sentences.Where(other => other != score.Template)], "val", score.Without!);
            Assert.Equal(score.Alone.Value - report.All.Value, score.Alone.Difference!.Value, 1e-12);
        }

        for (var step = 1; step <= 5; step++)
        {
            var chosen = report.Path.Take(step).Select(added => Sentences[added.Template]).ToArray();
            Assert.Equal(Ordinary(chosen, "val").Value, report.Path[step - 1].Value, 1e-12);
            Assert.All(Sentences.Except(chosen), other =>
                Assert.True(Ordinary([.. chosen[..^1], other], "val").Value <= report.Path[step - 1].Value));
        }

        Assert.Contains("selected", report.Measured.Select(ensemble => ensemble.Name));
        Assert.All(report.Measured, ensemble => Same(ensemble.Templates, "test", ensemble.Value));

        MetricValue Ordinary(IReadOnlyList<string> templates, string split) => new Benchmark(_clip, "fake", "none")
            .Run(new BenchmarkOptions { Data = _folder["colours/" + split], Template = templates })
            .Metrics.Single(value => value.Name == metric);

        void Same(IReadOnlyList<string> templates, string split, TemplateValue value)
        {
            var ordinary = Ordinary(templates, split);
            Assert.Equal(ordinary.Value, value.Value, 1e-12);
            Assert.Equal(ordinary.Low!.Value, value.Low!.Value, 1e-12);
            Assert.Equal(ordinary.High!.Value, value.High!.Value, 1e-12);
        }
    }

    [Fact]
    public void P_values_are_raised_over_the_templates()
    {
        var report = Run(new TemplateScoringOptions());
        var alone = report.Templates.Select(score => score.Alone).ToList();
        Assert.Equal(Holm.Adjusted([.. alone.Select(value => value.PValue!.Value)]), alone.Select(value => value.PHolm!.Value));
        Assert.Contains(alone, value => value.PHolm > value.PValue);
    }

    [Fact]
    public void What_was_chosen_by_is_never_measured_on()
    {
        var report = Run(new TemplateScoringOptions());
        Assert.Equal(("a half of test", "the other half of test"), (report.ChosenOn, report.MeasuredOn));
        Assert.Equal((90, 89), (report.ChosenPictures, report.MeasuredPictures));
        Assert.Equal(report.ToJson(), Run(new TemplateScoringOptions()).ToJson());
        Assert.NotEqual(report.All, Run(new TemplateScoringOptions(), seed: 1).All);

        Assert.Contains("which is measured too", Refused(new TemplateScoringOptions { ChooseSplit = "test" }),
            StringComparison.Ordinal);
        Assert.Contains("no folder dev beside test", Refused(new TemplateScoringOptions { ChooseSplit = "dev" }),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Prompts_are_encoded_once_and_those_of_another_template_alone()
    {
        var store = new FeatureStore(_folder["features"]);
        Run(new TemplateScoringOptions(), store: store);
        Assert.Equal(15, _encoder.TextsEncoded); // five templates of three classes; the bare names are one of them
        Run(new TemplateScoringOptions(), store: store);
        Assert.Equal(15, _encoder.TextsEncoded);
        Run(new TemplateScoringOptions(), store: store, templates: [.. Sentences, "any {}"]);
        Assert.Equal(18, _encoder.TextsEncoded);
    }

    [Fact]
    public void One_template_has_none_to_leave_out()
    {
        var report = Run(new TemplateScoringOptions { Steps = 0 }, templates: ["one {}"]);
        Assert.Null(Assert.Single(report.Templates).Without);
        Assert.Empty(report.Path);
        Assert.Equal(["all", "bare names"], report.Measured.Select(ensemble => ensemble.Name));
        Assert.EndsWith(",,,,,,,,\r\n", report.ToCsv(), StringComparison.Ordinal);
    }

    [Fact]
    public void What_cannot_be_scored_is_refused()
    {
        Assert.Contains("acc5 of 3 classes", Refused(new TemplateScoringOptions { Metric = "acc5" }), StringComparison.Ordinal);
        File.WriteAllText(_folder["prompts.json"], """{"red": ["red"], "green": ["green"], "blue": ["blue"]}""");
        var refusal = Assert.Throws<ClipException>(() => new TemplateScoring(_clip, "fake", "none")
            .Run(new BenchmarkOptions { Data = _split, Prompts = _folder["prompts.json"] }, new TemplateScoringOptions()));
        Assert.Contains("sentences of each class's own", refusal.Message, StringComparison.Ordinal);
        File.WriteAllText(_folder["colours/classnames.txt"], "red\ngreen\n");
        Assert.Contains("class 2", Refused(new TemplateScoringOptions()), StringComparison.Ordinal);
    }

    [Fact]
    public void Names_and_templates_that_stand_twice_are_told()
    {
        File.WriteAllText(_folder["colours/classnames.txt"], "red\ngreen\nRed\n");
        var notes = Run(new TemplateScoringOptions(), templates: ["{}", "a {}", "a {}"]).Notes!;
        Assert.Contains("\"red\", \"Red\"", notes[0], StringComparison.Ordinal);
        Assert.Contains("\"a {}\"", notes[1], StringComparison.Ordinal);
    }

    private string Refused(TemplateScoringOptions scoring) => Assert.Throws<ClipException>(() => Run(scoring)).Message;

    private TemplateReport Run(TemplateScoringOptions scoring, long seed = 0, FeatureStore? store = null,
        IReadOnlyList<string>? templates = null) => new TemplateScoring(_clip, "fake", "none", store)
            .Run(new BenchmarkOptions { Data = _split, Template = templates ?? Sentences, Seed = seed }, scoring);
}
