using System.Text.Json;

namespace ClipSharp.Cli.Tests.Commands.Evaluating;

public sealed class PromptsScoreCommandTests : IDisposable
{
    // The second makes red and green alike, the third is longer than the model's context: no name is seen.
    private static readonly string[] Templates =
        ["--template", "{}", "red green {}", "a picture that is for the most part of the colour {}"];

    private readonly ColourModel _model = new();
    private readonly string _split;

    public PromptsScoreCommandTests() => _split = ColourPictures.WriteSplit(_model.Folder, 24, broken: [3]);

    public void Dispose() => _model.Dispose();

    [Fact]
    public async Task Tables_tell_what_was_chosen_by_and_what_was_measured_on()
    {
        Assert.Equal(0, await _model.Run(["prompts", "score", "--data", _split, .. Templates]));
        Assert.Equal("""
            model on colours, a half of test: acc1 of 12 pictures

              template  alone  95% interval  less all  p  all without it  less all  p

              (all together)  100.0%  73.5% to 100.0%
              (bare names)  100.0%  73.5% to 100.0%  0.0  1.000
              {}  100.0%  73.5% to 100.0%  0.0  1.000  66.7%  -33.3  <0.001
              red green {}  66.7%  34.9% to 90.1%  -33.3  <0.001  100.0%  0.0  1.000
              a picture that is for the most part o...  33.3%  9.9% to 65.1%  -66.7  <0.001  100.0%  0.0  1.000

            Forward selection on the same pictures

              step  template that was added  acc1

              1  {}  100.0%  selected up to here

            Measured on the other half of test, 11 pictures by which nothing was chosen

              templates  how many  acc1  95% interval  less all  95% interval  p

              all  3  100.0%  71.5% to 100.0%
              bare names  1  100.0%  71.5% to 100.0%  0.0  -28.5 to +28.5  1.000
              best alone  1  100.0%  71.5% to 100.0%  0.0  -28.5 to +28.5  1.000

            Names that are nearest to each other for the model, and their pictures in a half of test

              name  name  cosine  first as second  second as first

              red  green  0.775  0 of 4  0 of 4
              red  blue  0.562  0 of 4  0 of 4
              green  blue  0.562  0 of 4  0 of 4


            """, _model.Table);
        Assert.Contains("left out: 1 NotAPicture\n", _model.Error, StringComparison.Ordinal);
        Assert.StartsWith("by the template \"a picture that is for the most part of the colour {}\" the model cannot tell "
            + "apart, for their prompts are the same tokens to it: \"red\", \"green\", \"blue\"\n", _model.Error, StringComparison.Ordinal);
        Assert.Contains("report these", _model.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Files_and_JSON_have_templates_whole()
    {
        ColourPictures.WriteNamed(_model.Folder, "val", 9);
        var file = _model.Folder["scores.json"];
        Assert.Equal(0, await _model.Run(["prompts", "score", "--data", _split, "--choose-split", "val", "--greedy", "2",
            "--metric", "mean_per_class_recall", "-o", file, "--json", .. Templates]));
        var printed = JsonDocument.Parse(_model.Output).RootElement;
        Assert.True(JsonElement.DeepEquals(printed, JsonDocument.Parse(File.ReadAllText(file)
            .Replace(_model.Folder.Path, "DIR", StringComparison.Ordinal)).RootElement));
        Assert.Equal("val", printed.GetProperty("chosen_on").GetString());
        Assert.Equal(2, printed.GetProperty("path").GetArrayLength());
        Assert.Equal(Templates[3], printed.GetProperty("templates")[2].GetProperty("template").GetString());
        Assert.Equal("mean_per_class_recall", printed.GetProperty("metric").GetString());

        var table = _model.Folder["scores.csv"];
        Assert.Equal(0, await _model.Run(["prompts", "score", "--data", _split, "-o", table, .. Templates]));
        var rows = File.ReadAllLines(table);
        Assert.StartsWith("template,alone,alone_low,", rows[0], StringComparison.Ordinal);
        Assert.Equal(Templates.Skip(1), rows.Skip(1).Select(row => row.Split(',')[0]));
    }

    [Fact]
    public async Task A_template_alone_is_scored_beside_the_bare_names()
    {
        Assert.Equal(0, await _model.Run("prompts", "score", "--data", _split));
        Assert.Contains("a photo of a {}.  100.0%", _model.Table, StringComparison.Ordinal);
        Assert.Contains("one template only", _model.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(64, "which is measured too", "--choose-split", "test")]
    [InlineData(64, "a name that ends with .json or .csv", "-o", "scores.txt")]
    [InlineData(64, "--greedy must be 0 or more", "--greedy", "-1")]
    [InlineData(64, "--metric is acc1, acc5 or mean_per_class_recall, not roc_auc", "--metric", "roc_auc")]
    [InlineData(64, "acc5 of 3 classes", "--metric", "acc5")]
    [InlineData(65, "has not exactly one gap", "--template", "a picture")]
    public async Task What_cannot_be_is_told_in_a_line(int code, string told, params string[] arguments)
    {
        Assert.Equal(code, await _model.Run(["prompts", "score", "--data", _split, .. arguments]));
        Assert.Contains(told, _model.Error, StringComparison.Ordinal);
    }
}
