using System.Runtime.InteropServices;
using System.Text.Json;
using ClipSharp.Cli.Tests.Commands;
using ClipSharp.Models;
using ClipSharp.Onnx;

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

    [Fact]
    public async Task Graphs_of_others_name_and_embed_as_ours_do()
    {
        Foreign();
        var picture = _model.Picture("r.png", 0);
        foreach (var file in (string[])["", "--onnx-file=model"])
        {
            var found = new List<JsonElement>();
            foreach (var model in (string[])["ours", "theirs"])
            {
                _model.Model = model;
                string[] more = [.. model == "theirs" && file.Length > 0 ? [file] : (string[])[]];
                Assert.Equal(0, await _model.Run(["zeroshot", "-i", picture, "--labels", "red,green,photo", "--json", .. more]));
                Assert.Equal("", _model.Error);
                found.Add(JsonDocument.Parse(_model.Output).RootElement);
                Assert.Equal(0, await _model.Run(["embed", "--images", _model.Folder["pictures"], "--dtype", "float32", "--out",
                    _model.Folder[$"{model}{file.Length}.npy"], .. more]));
            }

            var (want, got) = (Predictions(found[0]), Predictions(found[1]));
            Assert.Equal(want.Select(prediction => prediction.Label), got.Select(prediction => prediction.Label));
            Assert.All(want.Zip(got), pair => Assert.Equal(pair.First.Probability, pair.Second.Probability, 1e-4));
            var (ours, theirs) = (Vectors($"ours{file.Length}.npy"), Vectors($"theirs{file.Length}.npy"));
            Assert.Equal(3 * 32, theirs.Length);
            Assert.All(ours.Zip(theirs), pair => Assert.Equal(pair.First, pair.Second, 1e-4f));
        }

        float[] Vectors(string name)
        {
            var bytes = File.ReadAllBytes(_model.Folder[name + "/img_emb/img_emb_0.npy"]);
            return MemoryMarshal.Cast<byte, float>(bytes.AsSpan(^(3 * 32 * 4)..)).ToArray();
        }

        static List<(string Label, double Probability)> Predictions(JsonElement line) =>
            [.. line.GetProperty("predictions").EnumerateArray()
                .Select(each => (each.GetProperty("label").GetString()!, each.GetProperty("probability").GetDouble()))];
    }

    [Fact]
    public async Task Of_graphs_of_others_it_is_told_what_they_lack()
    {
        Foreign();
        File.Delete(_model.Folder["theirs/onnx/model.onnx"]);
        File.Delete(_model.Folder["theirs/vocab.txt"]);
        _model.Model = "theirs";
        Assert.Equal(66, await ZeroShot());
        Assert.Contains("The model has no tokenizer (DIR/theirs)", _model.Error, StringComparison.Ordinal);
        Assert.Equal(0, await ZeroShot("--tokenizer", _model.Folder["vocab.txt"]));
        Assert.StartsWith("the ONNX graphs do not hold the logit scale: 100 is taken", _model.Error, StringComparison.Ordinal);
        Assert.Equal(66, await ZeroShot("--onnx-file", "q4"));
        Assert.Contains("found text_model.onnx, text_model_fp16.onnx", _model.Error, StringComparison.Ordinal);
        Assert.Equal(64, await ZeroShot("--onnx-file", "fp16", "--engine", "torch"));
        Assert.Equal(64, await ZeroShot("--image-size", "64"));
    }

    [Theory]
    [InlineData("fp16", @"cosine (0\.99999\d|1\.000000) at least")]
    [InlineData("int8", @"cosine 0\.9999\d\d at least|cosine 0\.999\d+ at least")]
    public async Task An_export_in_fewer_bits_proves_its_cosine(string precision, string words)
    {
        Assert.Equal(0, await Export("graphs", "--precision", precision));
        Assert.Matches(words, _model.Output);
    }

    // A repository of another's, with a vocabulary for its 512 ids, and the same model exported here.
    private void Foreign()
    {
        var words = ReferenceModels.WriteWords(_model.Folder);
        Directory.CreateDirectory(_model.Folder["theirs/onnx"]);
        var from = SharedFiles.Fixture("vit-tiny/onnx_export");
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories)
            .Where(file => Path.GetExtension(file) is ".json" or ".onnx"))
        {
            File.Copy(file, _model.Folder["theirs/" + Path.GetRelativePath(from, file)]);
        }

        File.Copy(words, _model.Folder["theirs/vocab.txt"]);
        var model = ModelFiles.Open(SharedFiles.Fixture("vit-tiny/huggingface"));
        Directory.CreateDirectory(_model.Folder["pictures"]);
        foreach (var (i, name) in ColourPictures.Names.Index())
        {
            _model.Picture($"pictures/{name}.png", i);
        }

        using var weights = model.OpenWeights();
        OnnxExporter.Write(_model.Folder["ours"], model.Config, model.Preprocess,
            Text.TextTokenizer.Load(words, Text.TextCleaning.HuggingFace), weights.Tensors.Values);
    }

    private Task<int> ZeroShot(params string[] more) =>
        _model.Run(["zeroshot", "--image", _model.Picture("r.png", 0), "--labels", "red,green", "--json", .. more]);

    private Task<int> Export(string folder, params string[] more) =>
        _model.Run(["export", "onnx", "--output", _model.Folder[folder], .. more]);
}
