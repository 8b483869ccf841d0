using ClipSharp.Hub;
using ClipSharp.Hub.Transfer;
using ClipSharp.Text.Subwords.Formats;

namespace ClipSharp.Tests.Hub;

public sealed class ModelFileChoiceTests
{
    [Theory]
    // A repository of open_clip's with Hugging Face's files beside, as laion's are.
    [InlineData("open_clip_model.safetensors",
        "open_clip_config.json open_clip_model.safetensors open_clip_pytorch_model.bin model.safetensors pytorch_model.bin")]
    [InlineData("open_clip_pytorch_model.bin", "open_clip_config.json open_clip_pytorch_model.bin model.safetensors")]
    [InlineData("model.safetensors", "open_clip_config.json model.safetensors")]
    // OpenAI's at Hugging Face.
    [InlineData("model.safetensors", "config.json flax_model.msgpack model.safetensors pytorch_model.bin tf_model.h5")]
    [InlineData("pytorch_model.bin", "config.json pytorch_model.bin tf_model.h5")]
    [InlineData("model-00001-of-00002.safetensors model-00002-of-00002.safetensors model.safetensors.index.json",
        "model-00001-of-00002.safetensors model-00002-of-00002.safetensors model.safetensors.index.json pytorch_model.bin")]
    [InlineData("pytorch_model.bin", "model-00001-of-00002.safetensors pytorch_model.bin")] // shards without their index
    // One checkpoint under any name.
    [InlineData("CLIP.safetensors", "CLIP.safetensors CLIP.pt")]
    [InlineData("RN50.pt", "RN50.pt")]
    // Not what lies deeper.
    [InlineData("pytorch_model.bin", "deep/model.safetensors pytorch_model.bin")]
    public void One_set_of_weights_is_chosen(string expected, string files) => Assert.Equal(expected.Split(' '), Weights(files));

    [Theory]
    [InlineData("config.json", "no weights file")]
    [InlineData("RemoteCLIP-RN50.pt RemoteCLIP-ViT-B-32.pt", "RemoteCLIP-RN50.pt, RemoteCLIP-ViT-B-32.pt")]
    public void Weights_that_cannot_be_told_are_asked_for(string files, string words)
    {
        var refusal = Assert.Throws<ClipException>(() => Weights(files));
        Assert.Contains(words, refusal.Message, StringComparison.Ordinal);
        Assert.Contains("--include", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Configurations_preprocessing_and_tokenizer_come_along_and_nothing_else()
    {
        string[] needed =
        [
            "config.json", "merges.txt", "model.safetensors", "preprocessor_config.json", "processor_config.json",
            "special_tokens_map.json",
            "tokenizer_config.json", "vocab.json",
        ];
        string[] other = [".gitattributes", "README.md", "flax_model.msgpack", "training/optimizer.pt", "onnx/model.onnx",
            "a.py", "tokenizer.json"];

        Assert.Equal(needed, ModelFileChoice.Choose(Files([.. needed, .. other]), "test").Select(file => file.Path));
    }

    [Theory]
    // CLIP's, google/siglip-*, google/siglip2-*, facebook/metaclip-2-*, CLIPA's, T5's.
    [InlineData("vocab.json merges.txt", "merges.txt tokenizer.json vocab.json")]
    [InlineData("tokenizer.json", "spiece.model tokenizer.json")]
    [InlineData("tokenizer.json", "tokenizer.json tokenizer.model")]
    [InlineData("sentencepiece.bpe.model", "sentencepiece.bpe.model vocab.txt")]
    [InlineData("vocab.txt", "vocab.txt")]
    [InlineData("spiece.model", "spiece.model vocab.json")]
    public void Of_several_vocabularies_the_one_that_is_read_comes_along(string read, string all)
    {
        using var folder = new TemporaryFolder();
        foreach (var name in all.Split(' '))
        {
            File.WriteAllBytes(folder[name], []);
        }

        var chosen = ModelFileChoice.Choose(Files([.. all.Split(' '), "model.safetensors"]), "test").Select(file => file.Path);

        Assert.Equal(read.Split(' ').Append("model.safetensors").Order(), chosen.Order());
        Assert.Equal(SubwordFiles.Find(folder.Path) is { } found ? Path.GetFileName(found) : "vocab.json merges.txt", read);
    }

    [Fact]
    public void Of_sentence_transformers_the_first_module_comes_along()
    {
        string[] needed = ["0_CLIPModel/config.json", "0_CLIPModel/merges.txt", "0_CLIPModel/model.safetensors",
            "0_CLIPModel/preprocessor_config.json", "0_CLIPModel/vocab.json", "modules.json"];
        string[] other = ["0_CLIPModel/pytorch_model.bin", "1_Dense/model.safetensors", "README.md",
            "config_sentence_transformers.json"];

        Assert.Equal(needed, ModelFileChoice.Choose(Files(needed.Concat(other)), "test").Select(file => file.Path));
    }

    [Fact]
    public void A_repository_of_open_clip_s_with_a_tokenizer_of_its_own_is_taken_whole()
    {
        string[] needed = ["open_clip_config.json", "open_clip_model.safetensors", "special_tokens_map.json", "tokenizer.json",
            "tokenizer_config.json"];

        Assert.Equal(needed, ModelFileChoice.Choose(Files([.. needed, "open_clip_pytorch_model.bin", "README.md"]), "test")
            .Select(file => file.Path));
    }

    [Theory]
    [InlineData("")]
    [InlineData("onnx/")]
    public void Graphs_are_taken_with_what_lies_beside_them_where_there_are_no_other_weights(string folder)
    {
        string[] graphs = [.. new[] { "merges.txt", "open_clip_config.json", "text_model.onnx", "vision_model.onnx",
            "vision_model.onnx.data", "vocab.json" }.Select(name => folder + name)];

        Assert.Equal(graphs, ModelFileChoice.Choose(Files([.. graphs, "README.md", folder + "model_int8.onnx"]), "test")
            .Select(file => file.Path));
        Assert.Equal("open_clip_model.safetensors", Assert.Single(Weights(string.Join(' ',
            [.. graphs.Where(name => folder.Length > 0), "open_clip_config.json", "open_clip_model.safetensors"]))));
    }

    private const string Xenova = "README.md config.json onnx/model.onnx onnx/model_fp16.onnx onnx/model_quantized.onnx"
        + " onnx/text_model.onnx onnx/text_model_fp16.onnx onnx/text_model_quantized.onnx onnx/vision_model.onnx"
        + " onnx/vision_model_fp16.onnx onnx/vision_model_quantized.onnx preprocessor_config.json quantize_config.json"
        + " tokenizer.json tokenizer_config.json";

    [Theory]
    [InlineData(Xenova, null, "onnx/text_model.onnx onnx/vision_model.onnx")]
    [InlineData(Xenova, "fp16", "onnx/text_model_fp16.onnx onnx/vision_model_fp16.onnx")]
    [InlineData(Xenova, "onnx/vision_model_quantized.onnx", "onnx/text_model_quantized.onnx onnx/vision_model_quantized.onnx")]
    [InlineData(Xenova, "model.onnx", "onnx/model.onnx")]
    [InlineData("config.json preprocessor_config.json tokenizer.json tokenizer_config.json model.onnx model.onnx_data x.onnx",
        null, "model.onnx model.onnx_data")]
    [InlineData("config.json preprocessor_config.json tokenizer.json tokenizer_config.json model.safetensors onnx/clip.onnx",
        "clip", "onnx/clip.onnx")]
    public void Of_graphs_those_that_are_asked_for_are_taken_with_what_describes_them(string files, string? name, string expected)
    {
        string[] described = ["config.json", "preprocessor_config.json", "tokenizer.json", "tokenizer_config.json"];
        Assert.Equal(expected.Split(' ').Concat(described).Order(StringComparer.Ordinal),
            ModelFileChoice.ChooseGraphs(Files(files.Split(' ')), "test", name).Select(file => file.Path)
                .Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Immichs_two_folders_are_taken_whole_but_for_other_chips() =>
        Assert.Equal(["config.json", "textual/model.onnx", "textual/tokenizer.json", "visual/model.onnx",
                "visual/preprocess_cfg.json"],
            ModelFileChoice.Choose(Files(["config.json", "README.md", "textual/model.onnx", "textual/rknpu/rk3588/model.rknn",
                "textual/tokenizer.json", "visual/model.onnx", "visual/preprocess_cfg.json"]), "test").Select(file => file.Path));

    [Fact]
    public void Graphs_that_are_not_there_are_told()
    {
        var refusal = Assert.Throws<ClipException>(() => ModelFileChoice.ChooseGraphs(Files(Xenova.Split(' ')), "test", "q4"));
        Assert.Contains("onnx/text_model_fp16.onnx", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("expected q4. Choose others with --onnx-file.", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("clipsharp export onnx", Assert.Throws<ClipException>(
            () => ModelFileChoice.ChooseGraphs(Files(["model.safetensors"]), "test", null)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_excluded_is_no_choice()
    {
        var files = Files(["model.safetensors", "pytorch_model.bin"]);
        var selection = new HubSelection { Exclude = ["*.safetensors"] };
        Assert.Equal("pytorch_model.bin", Assert.Single(selection.Choose(HubRepo.Parse("org/clip"), files)).Path);
    }

    private static IEnumerable<string> Weights(string files) => ModelFileChoice.Choose(Files(files.Split(' ')), "test")
        .Select(file => file.Path).Where(path => path is not ("open_clip_config.json" or "config.json"));

    private static List<HubFile> Files(IEnumerable<string> paths) => [.. paths.Select(path => new HubFile(path, 1))];
}
