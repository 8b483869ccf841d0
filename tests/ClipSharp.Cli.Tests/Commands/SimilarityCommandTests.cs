using System.Text.Json;

namespace ClipSharp.Cli.Tests.Commands;

public sealed class SimilarityCommandTests : IDisposable
{
    private readonly ColourModel _model = new();

    public void Dispose() => _model.Dispose();

    [Fact]
    public async Task Pictures_are_rows_and_texts_columns()
    {
        Assert.Equal(0, await _model.Run("similarity", "--image", _model.Picture("b.png", 2), _model.Picture("r.png", 0),
            "--text", "something red", "something blue", "--softmax"));
        Assert.Equal("""

              something red  something blue

              DIR/b.png  0.0%  100.0%
              DIR/r.png  100.0%  0.0%


            """, _model.Table);
    }

    [Fact]
    public async Task Json_has_cosines_logits_and_probabilities_that_belong_together()
    {
        Assert.Equal(0, await _model.Run("similarity", "-i", _model.Picture("b.png", 2), "-t", "red", "-t", "blue", "--json"));
        var row = JsonDocument.Parse(_model.Output).RootElement;
        double[] Numbers(string name) => [.. row.GetProperty(name).EnumerateArray().Select(value => value.GetDouble())];

        Assert.Equal("DIR/b.png", row.GetProperty("row").GetString());
        Assert.Equal(["red", "blue"], row.GetProperty("columns").EnumerateArray().Select(value => value.GetString()));
        var (cosines, logits, probabilities) = (Numbers("cosines"), Numbers("logits"), Numbers("probabilities"));
        Assert.True(cosines[1] > 0.99 && cosines[0] < 0.2);
        Assert.Equal(logits[1] / cosines[1], logits[0] / cosines[0], 1e-6);
        Assert.Equal(Math.Exp(logits[0] - logits[1]), probabilities[0] / probabilities[1], 1e-9);
        Assert.Equal(1, probabilities.Sum(), 1e-9);
    }

    [Fact]
    public async Task A_sigmoid_model_has_a_probability_a_pair_unless_a_softmax_is_asked_for()
    {
        _model.Logits = new Logits(10, -10);
        string[] pairs = ["similarity", "-i", _model.Picture("r.png", 0), "-t", "red", "blue", "--json"];
        double[] Numbers(string name) => [.. JsonDocument.Parse(_model.Output).RootElement.GetProperty(name).EnumerateArray()
            .Select(value => value.GetDouble())];
        Assert.Equal(0, await _model.Run(pairs));
        Assert.Equal(0.5, Numbers("probabilities")[0], 1e-3);
        Assert.Equal((10 * Numbers("cosines")[1]) - 10, Numbers("logits")[1], 1e-9);
        Assert.Equal(0, await _model.Run([.. pairs, "--softmax"]));
        Assert.Equal(1, Numbers("probabilities").Sum(), 1e-9);
        Assert.Equal(0, await _model.Run([.. pairs[..^1], "--probabilities"]));
        Assert.Contains("50.0%  0.0%", _model.Table, StringComparison.Ordinal);
        Assert.Equal(64, await _model.Run([.. pairs, "--softmax", "--probabilities"]));
    }

    [Fact]
    public async Task Texts_that_are_cut_are_counted_in_one_note_or_refused()
    {
        var longer = string.Join(' ', Enumerable.Repeat("red", 20));
        Assert.Equal(0, await _model.Run("similarity", "--text", "red", longer, longer));
        Assert.Equal($"cut to the model's 16 tokens: 2 of 3 texts, the first text 2, 22 tokens: \"{longer[..60]}...\"\n",
            _model.Error);
        Assert.Equal(65, await _model.Run("similarity", "--text", "red", longer, "--strict"));
        Assert.Contains("(--strict): found text 2, 22 tokens", _model.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pictures_alone_need_no_tokenizer()
    {
        File.Delete(_model.Folder["model/vocab.json"]);
        var (output, error) = (new StringWriter(), new StringWriter());
        string[] line = ["similarity", "-m", _model.Folder["model"], "-i", _model.Picture("r.png", 0),
            _model.Picture("b.png", 2)];
        Assert.Equal(0, await CommandLine.Run(Program.Root(), line, output, error));
        Assert.Equal("", error.ToString());
        Assert.Equal(66, await CommandLine.Run(Program.Root(), [.. line, "-t", "red"], output, error));
        Assert.Contains("The model has no tokenizer", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Things_of_one_kind_are_compared_with_each_other()
    {
        Assert.Equal(0, await _model.Run("similarity", "--text", "red", "blue", "--json"));
        var lines = _model.Output.TrimEnd().Split('\n').Select(line => JsonDocument.Parse(line).RootElement).ToList();

        Assert.Equal(["red", "blue"], lines.Select(line => line.GetProperty("row").GetString()));
        Assert.Equal(1, lines[1].GetProperty("cosines")[1].GetDouble(), 1e-6);
        Assert.Equal(lines[0].GetProperty("cosines")[1].GetDouble(), lines[1].GetProperty("cosines")[0].GetDouble(), 1e-9);
    }

    [Fact]
    public async Task A_run_with_its_own_config_is_taken_for_its_newest_checkpoint()
    {
        Directory.CreateDirectory(_model.Folder["run/checkpoints"]);
        Directory.Move(_model.Folder["model"], _model.Folder["run/checkpoints/epoch_3"]);
        Directory.CreateDirectory(_model.Folder["run/checkpoints/epoch_3/training"]);
        File.WriteAllText(_model.Folder["run/checkpoints/epoch_3/training/state.json"],
            """{"step":3,"data":"","tokenizer":"","seconds":1,"options":{}}""");
        File.WriteAllText(_model.Folder["run/config.json"], """{"epochs":3}""");
        Directory.CreateSymbolicLink(_model.Folder["model"], _model.Folder["run"]);

        Assert.Equal(0, await _model.Run("similarity", "--text", "red", "blue"));
        Assert.Equal("", _model.Error);
    }

    [Theory]
    [InlineData(64, "at least two pictures or texts", "--text", "red")]
    [InlineData(66, "none.png", "--text", "red", "--image", "none.png")]
    public async Task What_cannot_be_compared_is_refused(int code, string message, params string[] arguments)
    {
        Assert.Equal(code, await _model.Run(["similarity", .. arguments]));
        Assert.Contains(message, _model.Error, StringComparison.Ordinal);
    }
}
