using System.Text.Json;

namespace ClipSharp.Cli.Tests.Commands;

public sealed class ZeroShotCommandTests : IDisposable
{
    private readonly ColourModel _model = new();

    public void Dispose() => _model.Dispose();

    [Fact]
    public async Task Pictures_are_named_in_a_table_with_bars()
    {
        Assert.Equal(0, await _model.Run("zeroshot", "--image", _model.Picture("b.png", 2), _model.Picture("r.png", 0),
            "--labels", "red,green, blue", "--top", "2"));
        Assert.Equal("", _model.Error);
        Assert.Equal("""

              picture  label  probability

              DIR/b.png  blue  100.0%  ████████████████████████
              red  0.0%
              DIR/r.png  red  100.0%  ████████████████████████
              green  0.0%


            """, _model.Table);
    }

    [Fact]
    public async Task Greys_of_sixteen_bits_that_become_white_are_counted()
    {
        var grey = SharedFiles.Fixture("pixels/source/png-grey16-100x80.png");
        Assert.Equal(0, await _model.Run("zeroshot", "-i", grey, "--labels", "red,green", "--compat", "openai"));
        Assert.Contains("16-bit grey: of 1 picture all above 255 is white", _model.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_picture_may_be_none_of_these()
    {
        var (blue, red) = (_model.Picture("b.png", 2), _model.Picture("r.png", 0));
        Assert.Equal(0, await _model.Run("zeroshot", "-i", blue, red, "--labels", "red,green", "--top", "1", "--none-below", "0.9"));
        Assert.Equal("""

              picture  label  probability

              DIR/b.png  (none of these)
              red  50.0%  ████████████
              DIR/r.png  red  100.0%  ████████████████████████


            """, _model.Table);
        Assert.Equal(0, await _model.Run("zeroshot", "-i", blue, red, "--labels", "red,green", "--none-below", "0.9", "--json"));
        Assert.Equal([true, false], _model.Output.TrimEnd().Split('\n')
            .Select(line => JsonDocument.Parse(line).RootElement.GetProperty("none_of_these").GetBoolean()));
        Assert.Equal(0, await _model.Run("zeroshot", "-i", blue, "--labels", "red,green", "--json"));
        Assert.DoesNotContain("none_of_these", _model.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_sigmoid_model_says_of_each_name_whether_it_applies()
    {
        _model.Logits = new Logits(10, -5);
        var red = _model.Picture("r.png", 0);
        string[] naming = ["zeroshot", "-i", red, "--labels", "red or green,red,blue"];
        Assert.Equal(0, await _model.Run(naming));
        Assert.Equal("""

              picture  label  probability  applies

              DIR/r.png  red  99.3%  ███████████████████████▉  yes
              red or green  88.8%  █████████████████████▍  yes
              blue  0.7%  ▏  no


            """, _model.Table);
        Assert.Equal(0, await _model.Run([.. naming, "--json"]));
        Assert.Contains("\"sigmoid\":true", _model.Output, StringComparison.Ordinal);
        Assert.Equal(0, await _model.Run([.. naming, "--softmax", "--json"]));
        Assert.DoesNotContain("sigmoid", _model.Output, StringComparison.Ordinal);
        Assert.Equal(1, JsonDocument.Parse(_model.Output).RootElement.GetProperty("predictions").EnumerateArray()
            .Sum(each => each.GetProperty("probability").GetDouble()), 1e-9);
        Assert.Equal(0, await _model.Run([.. naming, "--temperature", "1e9", "--json"]));
        Assert.Equal(0.5, JsonDocument.Parse(_model.Output).RootElement.GetProperty("predictions")[0].GetProperty("probability")
            .GetDouble(), 1e-6);
        Assert.Equal(0, await _model.Run([.. naming, "--none-below", "0.999"]));
        Assert.Contains("(none of these)", _model.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_calibration_is_of_choosing_among_names()
    {
        var file = _model.Text("measured.json", """
            {"dataset": "a", "model": "m", "task": "calibration", "metrics": {"temperature": 2, "none_of_these_below": 0.5}}
            """);
        _model.Logits = new Logits(10, -5);
        string[] naming = ["zeroshot", "-i", _model.Picture("r.png", 0), "--labels", "red,green", "--calibration", file];
        Assert.Equal(64, await _model.Run(naming));
        Assert.Contains("found a sigmoid model, where each name has a probability of its own, expected --softmax beside it",
            _model.Error, StringComparison.Ordinal);
        Assert.Equal(0, await _model.Run([.. naming, "--softmax"]));
    }

    [Fact]
    public async Task Temperature_and_threshold_may_come_from_a_calibration()
    {
        var split = ColourPictures.WriteSplit(_model.Folder, 12);
        ColourPictures.WriteNamed(_model.Folder, "val", 12);
        var file = _model.Folder["calibration.json"];
        Assert.Equal(0, await _model.Run("eval", "--data", split, "--task", "calibration", "--template", "a {}", "-o", file));
        var measured = JsonDocument.Parse(File.ReadAllText(file)).RootElement.GetProperty("metrics");
        string[] naming = ["zeroshot", "-i", _model.Picture("r.png", 0), "--labels", "red,green,blue", "--template", "a {}",
            "--json"];
        Assert.Equal(0, await _model.Run([.. naming, "--calibration", file]));
        Assert.Equal("", _model.Error);
        var byFile = _model.Output;
        Assert.Equal(0, await _model.Run([.. naming, "--temperature", measured.GetProperty("temperature").GetRawText(),
            "--none-below", measured.GetProperty("none_of_these_below").GetRawText()]));
        Assert.Equal(_model.Output, byFile);
        Assert.Equal(0, await _model.Run([.. naming, "--calibration", file, "--temperature", "1000"]));
        Assert.True(Best(_model.Output) < 0.4 && Best(byFile) > 0.4); // what is typed comes first
        Assert.Contains("\"none_of_these\":true", _model.Output, StringComparison.Ordinal);

        Assert.Equal(0, await _model.Run(["zeroshot", "-i", _model.Folder["r.png"], "--labels", "red,green,blue", "--template",
            "a {}.", "--calibration", file]));
        Assert.Contains("with other templates", _model.Error, StringComparison.Ordinal);
        string[] another = ["zeroshot", "-i", _model.Folder["r.png"], "--calibration", file, "--labels"];
        Assert.Equal(78, await _model.Run([.. another, "red,blue,green"]));
        Assert.Contains("of other names (DIR/calibration.json): found \"green\" as name 2, expected \"blue\"", _model.Error,
            StringComparison.Ordinal);
        Assert.Equal(78, await _model.Run([.. another, "red,green"]));
        Assert.Contains("found 3 names, expected 2", _model.Error, StringComparison.Ordinal);
        TinyModel.Write(_model.Folder["another"], seed: 5);
        _model.Model = "another";
        Assert.Equal(78, await _model.Run([.. naming, "--calibration", file]));
        Assert.Contains("of another model", _model.Error, StringComparison.Ordinal);

        static double Best(string line) => JsonDocument.Parse(line).RootElement.GetProperty("predictions")[0]
            .GetProperty("probability").GetDouble();
    }

    [Fact]
    public async Task A_calibration_that_says_little_is_told()
    {
        var file = _model.Text("foreign.json", """
            {"dataset": "a", "model": "m", "task": "calibration", "metrics": {"temperature": 2, "none_of_these_below": 0.5}}
            """);
        Assert.Equal(0, await _model.Run("zeroshot", "-i", _model.Picture("r.png", 0), "--labels", "red,green", "--calibration",
            file));
        Assert.Equal("DIR/foreign.json does not say by which weights it was measured: m\n"
            + "DIR/foreign.json does not say on which names it was measured\n", _model.Error);
    }

    [Theory]
    [InlineData("zeroshot_classification", "\"temperature\": 2", "a result of zeroshot_classification")]
    [InlineData("calibration", "\"none_of_these_below\": 0.5", "found no temperature")]
    [InlineData("calibration", "\"temperature\": 2", "found no none_of_these_below")]
    [InlineData("calibration", "\"temperature\": 0, \"none_of_these_below\": 0.5", "found temperature 0")]
    [InlineData("calibration", "\"temperature\": NaN, \"none_of_these_below\": 0.5", "found temperature NaN")]
    [InlineData("calibration", "\"temperature\": 2, \"none_of_these_below\": 1.5", "found none_of_these_below 1.5")]
    public async Task A_file_that_is_no_calibration_is_refused(string task, string metrics, string told)
    {
        var file = _model.Text("c.json",
            $"{{\"dataset\": \"a\", \"model\": \"m\", \"task\": \"{task}\", \"metrics\": {{{metrics}}}}}");
        Assert.Equal(65, await _model.Run("zeroshot", "-i", _model.Picture("r.png", 0), "--labels", "red", "--calibration", file));
        Assert.Contains(told, _model.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_word_is_no_number()
    {
        Assert.Equal(64, await _model.Run("zeroshot", "-i", "r.png", "--labels", "red", "--none-below", "half"));
        Assert.Contains("'half' for option '--none-below' as a number.", _model.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--none-below", "1.5")]
    [InlineData("--none-below", "NaN")]
    [InlineData("--temperature", "0")]
    [InlineData("--temperature", "-2")]
    public async Task A_number_out_of_range_is_refused(string option, string value)
    {
        Assert.Equal(64, await _model.Run("zeroshot", "-i", _model.Picture("r.png", 0), "--labels", "red", option, value));
        Assert.Contains($"({option}): found {value}", _model.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Json_is_a_line_a_picture()
    {
        var names = _model.Text("names.txt", "red\ngreen\nblue\n");
        Assert.Equal(0, await _model.Run("zeroshot", "-i", _model.Picture("g.png", 1), "-i", _model.Picture("r.png", 0),
            "--classnames", names, "--json"));
        var lines = _model.Output.TrimEnd().Split('\n').Select(line => JsonDocument.Parse(line).RootElement).ToList();
        Assert.Equal(["DIR/g.png", "DIR/r.png"], lines.Select(line => line.GetProperty("image").GetString()));
        Assert.Equal(["green", "red"], lines.Select(line => line.GetProperty("predictions")[0].GetProperty("label").GetString()));
        Assert.Equal(1, lines[0].GetProperty("predictions").EnumerateArray().Sum(p => p.GetProperty("probability").GetDouble()),
            1e-9);
    }

    [Fact]
    public async Task A_bad_picture_is_reported_and_the_others_go_on()
    {
        Assert.Equal(65, await _model.Run("zeroshot", "-i", _model.Text("page.jpg", "<html>"), _model.Folder["none.png"],
            _model.Picture("g.png", 1),
            "--labels", "red,green", "--json"));
        Assert.Single(_model.Output.TrimEnd().Split('\n'));
        var errors = _model.Error.TrimEnd().Split('\n');
        Assert.Equal(2, errors.Length);
        Assert.StartsWith("error: The picture cannot be used (DIR/page.jpg)", errors[0], StringComparison.Ordinal);
        Assert.StartsWith("error: The picture cannot be read (DIR/none.png): found nothing there", errors[1],
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_picture_ends_as_missing_input() =>
        Assert.Equal(66, await _model.Run("zeroshot", "-i", _model.Folder["none.png"], "--labels", "red,green"));

    [Fact]
    public async Task More_pictures_than_a_batch_stay_in_order_round_a_broken_one()
    {
        string[] pictures = [.. Enumerable.Range(0, 70)
            .Select(i => i == 40 ? _model.Text("bad.png", "no") : _model.Picture($"{i}.png", i % 3))];
        Assert.Equal(65, await _model.Run(["zeroshot", "-i", .. pictures, "--labels", "red,green,blue", "--top", "1", "--json"]));
        var lines = _model.Output.TrimEnd().Split('\n').Select(line => JsonDocument.Parse(line).RootElement).ToList();
        int[] expected = [.. Enumerable.Range(0, 70).Where(i => i != 40)];
        Assert.Equal(expected.Select(i => $"DIR/{i}.png"), lines.Select(line => line.GetProperty("image").GetString()));
        Assert.Equal(expected.Select(i => ColourPictures.Names[i % 3]),
            lines.Select(line => line.GetProperty("predictions")[0].GetProperty("label").GetString()));
        Assert.Contains("bad.png", _model.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_second_run_reuses_the_classifier()
    {
        string[] arguments = ["zeroshot", "-i", _model.Picture("g.png", 1), "--labels", "red,green", "--verbose"];
        await _model.Run(arguments);
        Assert.Equal("classifier of 2 classes built\n", _model.Error);
        await _model.Run(arguments);
        Assert.Equal("classifier of 2 classes reused\n", _model.Error);
        await _model.Run([.. arguments, "--template", "{}"]);
        Assert.Equal("classifier of 2 classes built\n", _model.Error);
    }

    [Fact]
    public async Task Names_and_their_sentences_may_come_from_a_file()
    {
        var prompts = _model.Picture("g.png", 1).Replace("g.png", "prompts.json", StringComparison.Ordinal);
        File.WriteAllText(prompts, """{"warm": ["red", "a red thing"], "fresh": ["green leaves"]}""");
        Assert.Equal(0, await _model.Run("zeroshot", "-i", _model.Picture("g.png", 1), "--prompts", prompts, "--top", "1",
            "--json"));
        Assert.Contains("\"fresh\"", _model.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(65, "A class has no name", "--labels", "")]
    [InlineData(65, "exactly one gap", "--labels", "red", "--template", "a photo")]
    [InlineData(66, "The list cannot be read", "--classnames", "none.txt")]
    [InlineData(64, "one of --labels, --classnames and --prompts")]
    [InlineData(64, "one of --labels, --classnames and --prompts", "--labels", "a", "--classnames", "b")]
    [InlineData(64, "--top must be 1 or more", "--labels", "a", "--top", "0")]
    public async Task Labels_that_cannot_be_used_are_refused(int code, string message, params string[] arguments)
    {
        Assert.Equal(code, await _model.Run(["zeroshot", "-i", "x.png", .. arguments]));
        Assert.Contains(message, _model.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_label_cannot_command_the_terminal()
    {
        await _model.Run("zeroshot", "-i", _model.Picture("r.png", 0), "--labels", "red\e[2J,[bold]green[/]");
        Assert.DoesNotContain('\e', _model.Output);
        Assert.Contains("[bold]green[/]", _model.Output, StringComparison.Ordinal);
    }
}
