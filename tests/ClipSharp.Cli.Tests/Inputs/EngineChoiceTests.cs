using ClipSharp.Cli.Tests.Commands;

namespace ClipSharp.Cli.Tests.Inputs;

public sealed class EngineChoiceTests : IDisposable
{
    private readonly ColourModel _model = new();

    public void Dispose() => _model.Dispose();

    [Fact]
    public async Task A_model_without_graphs_says_how_to_write_them()
    {
        Assert.Equal(66, await ZeroShot("--engine", "onnx"));
        Assert.Contains("clipsharp export onnx --model DIR/model -o DIR/model/onnx", _model.Error, StringComparison.Ordinal);
        Assert.Equal(0, await ZeroShot("--engine", "auto"));
        Assert.StartsWith("engine torch: there are no ONNX graphs; clipsharp export onnx", _model.Error,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Graphs_in_the_models_folder_are_used_when_asked_for()
    {
        Assert.Equal(0, await Export("model/onnx"));
        Assert.Equal(0, await ZeroShot("--verbose"));
        var torch = _model.Output;
        Assert.Equal(0, await ZeroShot("--engine", "onnx"));
        Assert.NotEqual(torch, _model.Output);
        Assert.Equal("", _model.Error);
    }

    [Fact]
    public async Task A_folder_of_graphs_runs_on_the_engine_it_is_for()
    {
        Assert.Equal(0, await Export("graphs"));
        _model.Model = "graphs";
        Assert.Equal(0, await ZeroShot());
        Assert.Equal(0, await ZeroShot("--engine", "auto"));
        Assert.Equal("engine onnx: the folder holds nothing else\n", _model.Error);
        Assert.Equal(64, await ZeroShot("--device", "cuda:0"));
        Assert.Contains("(--device): found cuda:0, expected cpu", _model.Error, StringComparison.Ordinal);
        Assert.Equal(64, await ZeroShot("--precision", "bf16"));
        Assert.Contains("(--precision): found bf16", _model.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Auto_takes_the_faster_engine_and_says_both_speeds()
    {
        Assert.Equal(0, await Export("model/onnx"));
        Assert.Equal(0, await ZeroShot("--engine", "auto"));
        Assert.Matches(@"^engine (onnx cpu fp32: [\d.]+ pictures with texts a second, colour|colour: [\d.]+ pictures with texts a second, onnx cpu fp32) [\d.]+\n$",
            _model.Error);
        Assert.Equal(0, await ZeroShot("--engine", "auto", "--precision", "bf16"));
        Assert.Equal("engine torch: ONNX Runtime has no cpu with bf16 here\n", _model.Error);
    }

    [Theory]
    [InlineData("", "--engine onnx")]
    [InlineData("/onnx", "--engine onnx")]
    [InlineData("/onnx", "")]
    public async Task Graphs_that_were_pulled_are_found_at_the_root_and_in_their_folder(string inner, string engine)
    {
        var snapshot = $"hub/hub/models--example--graphs/snapshots/{new string('a', 40)}";
        Directory.CreateDirectory(_model.Folder["hub/hub/models--example--graphs/refs"]);
        File.WriteAllText(_model.Folder["hub/hub/models--example--graphs/refs/main"], new string('a', 40));
        Assert.Equal(0, await Export(snapshot + inner));
        _model.Picture("r.png", 0);

        using var shell = new TypedCommands(_model.Folder, ".");
        var (code, output) = shell.Run(
            $"zeroshot -m hf-hub:example/graphs {engine} -i r.png --labels red,green --json");

        Assert.True(code == 0, output);
        Assert.StartsWith("""{"image":"r.png",""", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_export_names_its_files_and_proves_its_features()
    {
        Assert.Equal(0, await Export("graphs", "--tower", "image"));
        Assert.Equal(["merges.txt", "open_clip_config.json", "vision_model.onnx", "vocab.json"],
            Directory.GetFiles(_model.Folder["graphs"]).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Contains("vision_model.onnx", _model.Output, StringComparison.Ordinal);
        Assert.Matches(@"\nPictures: features differ from the torch engine's by \d\.\de-[78] at most\.\n$", _model.Output);
        Assert.Equal(73, await Export("graphs"));
        _model.Model = "graphs";
        Assert.Equal(66, await ZeroShot());
        Assert.Contains("no such tower (DIR/graphs/text_model.onnx)", _model.Error, StringComparison.Ordinal);
    }

    private Task<int> ZeroShot(params string[] more) =>
        _model.Run(["zeroshot", "--image", _model.Picture("r.png", 0), "--labels", "red,green", "--json", .. more]);

    private Task<int> Export(string folder, params string[] more) =>
        _model.Run(["export", "onnx", "--output", _model.Folder[folder], .. more]);
}
