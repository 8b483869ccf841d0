using ClipSharp.Models;
using ClipSharp.Onnx.Folders;
using ClipSharp.Onnx.Graphs;
using ClipSharp.Onnx.Sessions;
using ClipSharp.Weights;

namespace ClipSharp.Onnx.Tests.Folders;

/// <summary>Graphs as Xenova, onnx-community and optimum publish them, of the reference's <c>vit-tiny</c>.</summary>
public sealed class ForeignGraphTests : IDisposable
{
    private const string Export = "vit-tiny/onnx_export";

    private static readonly string[] Labels = ["red square", "a photo of a dog", "blue"];

    private readonly TemporaryFolder _folder = new();
    private readonly string _words;

    public ForeignGraphTests() => _words = ReferenceModels.WriteWords(_folder);

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(null)]    // two graphs, vectors of any length
    [InlineData("model")] // one for both, of unit length
    [InlineData("model.onnx")]
    public void Pictures_and_words_become_the_vectors_of_our_own_graphs(string? file)
    {
        using var theirs = Load(file);
        using var ours = Ours();
        Assert.Equal("huggingface", $"{theirs.Tokenizer.Cleaning}", ignoreCase: true);

        byte[][] pictures = [ColourPictures.Png(0), ColourPictures.Png(1), ColourPictures.Png(2)];
        ReadOnlyMemory<byte>[] files = [.. pictures.Select(bytes => (ReadOnlyMemory<byte>)bytes)];
        Near.Assert("pictures", ours.EncodeImages(files).Values, theirs.EncodeImages(files).Values, 1e-5);
        Near.Assert("texts", ours.EncodeTexts(Labels).Values, theirs.EncodeTexts(Labels).Values, 1e-5);
        foreach (var picture in pictures)
        {
            var (got, want) = (theirs.Classify(picture, Labels), ours.Classify(picture, Labels));
            Assert.Equal(want.Select(prediction => prediction.Label), got.Select(prediction => prediction.Label));
            Assert.All(want.Zip(got), pair => Assert.Equal(pair.First.Probability, pair.Second.Probability, 1e-4));
        }
    }

    [Theory]
    [InlineData(null, 1e-5)]
    [InlineData("fp16", 2e-3)]
    [InlineData("vision_model_fp16.onnx", 2e-3)]
    [InlineData("quantized", 2e-2)]
    public void Vectors_equal_what_the_files_gave_elsewhere(string? file, double tolerance)
    {
        var files = GraphFiles.Find(SharedFiles.Fixture(Export), file)!;
        using var inputs = Fixtures.OpenSafetensors("vit-tiny/expected.safetensors");
        using var quick = Fixtures.OpenSafetensors($"{Export}/expected.safetensors");
        var config = OnnxFolder.Open(SharedFiles.Fixture(Export)).Config;
        using var options = OnnxSession.Options();
        foreach (var (path, isImage) in new[] { (files.Image!, true), (files.Text!, false) })
        {
            using var graph = OnnxGraph.Open(path, options);
            var tower = new OnnxTower(graph, config, isImage);
            InputRows rows = isImage
                ? new InputRows.Of<float>("pixel_values", inputs.ReadFloats("pixels"), [3, 32, 32])
                : InputRows.OfTokens("input_ids", tower.Input.Type, Tokens(inputs), 16);
            var name = file is null
                ? isImage ? "vision/projected" : "text/projected"
                : $"{Path.GetFileNameWithoutExtension(path)}/{(isImage ? "image" : "text")}_embeds";
            var want = (file is null ? inputs : quick).ReadFloats(name);
            Near.Assert(name, Unit(want, config.EmbedDim), tower.Encode([rows], 6).Values, tolerance);
        }
    }

    [Fact]
    public void The_logit_scale_is_that_of_the_graph_of_both_and_else_assumed_and_told()
    {
        var whole = OnnxFolder.Open(SharedFiles.Fixture(Export));
        using var reference = ModelFiles.Open(SharedFiles.Fixture("vit-tiny/huggingface")).OpenWeights();
        Assert.Equal(Math.Exp(reference.Tensors["logit_scale"].ReadFloats()[0]), whole.Logits.Scale, 1e-4);
        Assert.Empty(whole.Notes);

        Copy("split", "config.json", "preprocessor_config.json", "onnx/vision_model.onnx", "onnx/text_model.onnx");
        var split = OnnxFolder.Open(_folder["split"]);
        Assert.Equal(new Logits(100), split.Logits);
        Assert.Contains("do not hold the logit scale: 100 is taken", Assert.Single(split.Notes), StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_of_graphs_alone_is_described_by_the_one_above_it()
    {
        Assert.Equal(512, OnnxFolder.Open(SharedFiles.Fixture(Export + "/onnx")).Config.Text.VocabSize);
        Copy("bare/onnx", "onnx/vision_model.onnx", "onnx/text_model.onnx");
        Assert.Contains("No configuration lies beside the ONNX graphs",
            Assert.Throws<ClipException>(() => OnnxFolder.Open(_folder["bare/onnx/onnx"])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Graphs_that_were_not_named_are_told()
    {
        Copy("few", "config.json", "onnx/vision_model_fp16.onnx", "onnx/text_model_quantized.onnx");
        var refusal = Assert.Throws<ClipException>(() => OnnxFolder.Open(_folder["few"])).Message;
        Assert.Contains("found text_model_quantized.onnx, vision_model_fp16.onnx, expected vision_model.onnx and text_model.onnx, or model.onnx",
            refusal, StringComparison.Ordinal);
        Assert.Contains("--onnx-file", refusal, StringComparison.Ordinal);
        Assert.Equal("There is no such ONNX graph", Assert.Throws<ClipException>(
            () => OnnxFolder.Open(_folder["few"], new OnnxChoice { File = "int4" })).Message.Split(" (")[0]);
    }

    [Fact]
    public void A_tower_before_its_projection_is_no_embedding()
    {
        Copy("swapped", "config.json", "preprocessor_config.json", "onnx/text_model.onnx");
        File.Copy(_folder["swapped/onnx/text_model.onnx"], _folder["swapped/onnx/vision_model.onnx"]);
        using var clip = OnnxClip.Load(_folder["swapped"], choice: new OnnxChoice { Tokenizer = _words });
        var refusal = Assert.Throws<ClipException>(() => clip.Classify(ColourPictures.Png(1), Labels)).Message;
        Assert.Contains("inputs input_ids Int64 [?, ?], outputs text_embeds Float [?, 32], expected pixel_values [B, 3, 32, 32] to image_embeds [B, 32]",
            refusal, StringComparison.Ordinal);
        Assert.Single(refusal.Split('\n'));
    }

    [Fact]
    public void A_model_of_another_size_is_refused_by_its_ports()
    {
        Copy("wide", "preprocessor_config.json", "onnx/text_model.onnx", "onnx/vision_model.onnx");
        File.WriteAllText(_folder["wide/config.json"], File.ReadAllText(SharedFiles.Fixture(Export + "/config.json"))
            .Replace("\"projection_dim\": 32", "\"projection_dim\": 48", StringComparison.Ordinal));
        using var clip = OnnxClip.Load(_folder["wide"], choice: new OnnxChoice { Tokenizer = _words });
        Assert.Contains("image_embeds Float [?, 32], expected pixel_values [B, 3, 32, 32] to image_embeds [B, 48]",
            Assert.Throws<ClipException>(() => clip.EncodeImages([ColourPictures.Png(1)])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Immichs_two_folders_are_read()
    {
        var files = ModelFiles.Open(SharedFiles.Fixture("vit-tiny/open_clip"));
        Directory.CreateDirectory(_folder["immich/visual"]);
        Directory.CreateDirectory(_folder["immich/textual"]);
        File.WriteAllText(_folder["immich/config.json"], files.Config.ToJson());
        File.WriteAllText(_folder["immich/visual/preprocess_cfg.json"],
            """{"size": [32, 32], "mode": "RGB", "mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5], "interpolation": "bicubic", "resize_mode": "shortest", "fill_color": 0}""");
        File.Copy(SharedFiles.Fixture(Export + "/onnx/vision_model.onnx"), _folder["immich/visual/model.onnx"]);
        File.Copy(SharedFiles.Fixture(Export + "/onnx/text_model.onnx"), _folder["immich/textual/model.onnx"]);
        File.Copy(_words, _folder["immich/textual/vocab.txt"]);

        using var clip = OnnxClip.Load(_folder["immich"]);
        using var ours = Ours();
        Near.Assert("texts", ours.EncodeTexts(Labels).Values, clip.EncodeTexts(Labels).Values, 1e-5);
        Assert.Equal(0.5, clip.Preprocessor.Config.Std[2]);
        Assert.Equal(1, clip.EncodeImages([ColourPictures.Png(1)]).Count);
    }

    [Fact]
    public void A_graph_of_one_row_and_length_is_run_row_by_row()
    {
        var model = TinyModel.Write(_folder["tiny"]);
        using var weights = model.OpenWeights();
        OnnxExporter.Write(_folder["free"], model.Config, model.Preprocess, model.LoadTokenizer(), weights.Tensors.Values);
        OnnxExporter.Write(_folder["fixed"], model.Config, model.Preprocess, model.LoadTokenizer(), weights.Tensors.Values);
        var (image, text, tower) = (new Graph(), new Graph(), new TowerWeights(weights.Tensors.Values));
        var pixels = image.Input("image", TensorType.F32, 1, 3, 16, 16);
        image.Output("embedding", OnnxExporter.ImageTower(image, tower, model.Config).Encode(pixels), 1, 32);
        var ids = text.Add("Cast", [text.Input("text", TensorType.I32, 1, 16)], ("to", 7L));
        text.Output("embedding", new TextTransformer(text, tower, model.Config).Encode(ids), 1, 32);
        OnnxFile.Write(_folder["fixed/vision_model.onnx"], image, new Dictionary<string, string>());
        OnnxFile.Write(_folder["fixed/text_model.onnx"], text, new Dictionary<string, string>());
        using var free = OnnxClip.Load(_folder["free"]);
        using var constant = OnnxClip.Load(_folder["fixed"]);

        ReadOnlyMemory<byte>[] files = [ColourPictures.Png(0), ColourPictures.Png(1), ColourPictures.Png(2)];
        Near.Assert("pictures", free.EncodeImages(files).Values, constant.EncodeImages(files).Values, 1e-5);
        Near.Assert("texts", free.EncodeTexts(Labels).Values, constant.EncodeTexts(Labels).Values, 1e-5);
    }

    // As wide as the joint space, as in ViT-B/32, where nothing else would tell.
    [Fact]
    public void What_stands_before_the_projection_is_no_vector()
    {
        var config = ModelFiles.Open(SharedFiles.Fixture("vit-tiny/huggingface")).Config;
        using var options = OnnxSession.Options();
        using var graph = Pooled(config, options);
        Assert.Contains("outputs pooler_output Float [?, 32], expected input_ids [B, T] to text_embeds [B, 32]",
            Assert.Throws<ClipException>(() => new OnnxTower(graph, config, isImage: false)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_tower_of_SigLIP_ends_with_its_pooling()
    {
        var config = ReferenceFamilies.Open("siglip-tiny/huggingface").Config;
        using var options = OnnxSession.Options();
        using var graph = Pooled(config, options);
        Assert.Equal("input_ids", new OnnxTower(graph, config, isImage: false).Input.Name);
    }

    private OnnxGraph Pooled(ModelConfig config, Microsoft.ML.OnnxRuntime.SessionOptions options)
    {
        var graph = new Graph();
        var ids = graph.Input("input_ids", TensorType.I64, "batch", "tokens");
        graph.Output("pooler_output", graph.Add("Cast", [ids], ("to", OnnxFile.Single)), "batch", config.EmbedDim);
        OnnxFile.Write(_folder["pooled.onnx"], graph, new Dictionary<string, string>());
        return OnnxGraph.Open(_folder["pooled.onnx"], options);
    }

    private static int[] Tokens(SafetensorsFile inputs) =>
        [.. System.Runtime.InteropServices.MemoryMarshal.Cast<byte, long>(inputs.Bytes("tokens")).ToArray()
            .Select(id => (int)id)];

    private static float[] Unit(float[] rows, int width) => [.. rows.Chunk(width).SelectMany(row =>
    {
        var length = Math.Sqrt(row.Sum(x => (double)x * x));
        return row.Select(x => (float)(x / length));
    })];

    private Clip Load(string? file) =>
        OnnxClip.Load(SharedFiles.Fixture(Export), choice: new OnnxChoice { File = file, Tokenizer = _words });

    private Clip Ours()
    {
        var model = ModelFiles.Open(SharedFiles.Fixture("vit-tiny/huggingface"), new ModelOverrides { Tokenizer = _words });
        using var weights = model.OpenWeights();
        OnnxExporter.Write(_folder["ours"], model.Config, model.Preprocess, model.LoadTokenizer(), weights.Tensors.Values);
        return OnnxClip.Load(_folder["ours"]);
    }

    private void Copy(string to, params string[] names)
    {
        foreach (var name in names)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_folder[$"{to}/{name}"])!);
            File.Copy(SharedFiles.Fixture($"{Export}/{name}"), _folder[$"{to}/{name}"]);
        }
    }
}
