using System.Text.Json.Nodes;
using ClipSharp.Images;
using ClipSharp.Models;
using ClipSharp.Models.Layouts;
using ClipSharp.Text;
using ClipSharp.Weights;

namespace ClipSharp.Tests.Models;

public sealed class ModelConversionTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string, string> Pairs => new(
        from first in ModelConversion.Layouts
        from second in ModelConversion.Layouts
        select (first, second));

    public static TheoryData<string> Families => [.. ReferenceFamilies.Places];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Pairs))]
    public void Two_conversions_leave_every_bit(string first, string second)
    {
        ModelConversion.Write(ReferenceModels.Open("vit-tiny/open_clip"), _folder["one"], first);
        ModelConversion.Write(ModelFiles.Open(_folder["one"]), _folder["two"], second);
        AssertSame(ReferenceModels.Open("vit-tiny/open_clip"), ModelFiles.Open(_folder["two"]));
    }

    [Theory]
    [InlineData("open_clip")]
    [InlineData("openai")]
    public void A_resnet_keeps_every_bit_too(string layout)
    {
        ModelConversion.Write(ReferenceModels.Open("rn-tiny/openai_jit.pt"), _folder["one"], layout);
        AssertSame(ReferenceModels.Open("rn-tiny/openai_jit.pt"), ModelFiles.Open(_folder["one"]));
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void A_model_of_another_family_keeps_every_bit_in_each_layout_that_can_say_it(string place)
    {
        var model = ReferenceFamilies.Open(place);
        foreach (var layout in ModelConversion.Layouts.Where(layout => ModelLayout.Named(layout).WhyNot(model) is null))
        {
            ModelConversion.Write(model, _folder[$"to-{layout}"], layout);
            var there = ModelFiles.Open(_folder[$"to-{layout}"]);
            AssertSameWeights(model, there);
            AssertSameTowers(model.Config, there.Config);
            ModelConversion.Write(there, _folder[$"from-{layout}"], "open_clip");
            var back = ModelFiles.Open(_folder[$"from-{layout}"]);
            AssertSameWeights(model, back);
            AssertSameTowers(model.Config, back.Config);
        }
    }

    [Theory]
    [InlineData("siglip-tiny")]
    [InlineData("siglip2-tiny")]
    [InlineData("worldwide-tiny")]
    public void Other_families_have_the_names_of_transformers_too(string family)
    {
        ModelConversion.Write(ReferenceFamilies.Open($"{family}/open_clip"), _folder["hf"], "huggingface", TensorType.F16);
        AssertSameFile(SharedFiles.Fixture($"{family}/huggingface/model.safetensors"), _folder["hf/model.safetensors"]);
    }

    [Fact]
    public void Huggingface_s_tensors_are_the_reference_s_by_name_and_byte()
    {
        ModelConversion.Write(ReferenceModels.Open("vit-tiny/open_clip"), _folder["hf"], "huggingface");
        AssertSameFile(SharedFiles.Fixture("vit-tiny/huggingface/model.safetensors"), _folder["hf/model.safetensors"]);
    }

    [Fact]
    public void Huggingface_s_files_and_members_are_those_that_transformers_expects()
    {
        var tiny = TinyModel.Write(_folder["tiny"]);
        ModelConversion.Write(tiny, _folder["hf"], "huggingface");
        Assert.Equal(["config.json", "merges.txt", "model.safetensors", "preprocessor_config.json", "special_tokens_map.json",
            "tokenizer_config.json", "vocab.json"],
            Directory.GetFiles(_folder["hf"]).Select(Path.GetFileName).Order(StringComparer.Ordinal));

        var config = Json("hf/config.json");
        Assert.Equal("clip", (string?)config["model_type"]);
        Assert.Equal("CLIPModel", (string?)config["architectures"]![0]);
        Assert.Equal(32, (int)config["projection_dim"]!);
        Assert.Equal("float32", (string?)config["torch_dtype"]);
        Assert.Equal("""{"model_type":"clip_text_model","hidden_size":16,"intermediate_size":64,"num_attention_heads":2,"num_hidden_layers":1,"max_position_embeddings":16,"vocab_size":1536,"hidden_act":"gelu","layer_norm_eps":1E-05,"bos_token_id":1534,"eos_token_id":1535,"pad_token_id":1535,"projection_dim":32}""",
            config["text_config"]!.ToJsonString());
        Assert.Equal("""{"model_type":"clip_vision_model","hidden_size":16,"intermediate_size":64,"num_attention_heads":2,"num_hidden_layers":1,"num_channels":3,"image_size":16,"patch_size":8,"hidden_act":"gelu","layer_norm_eps":1E-05,"projection_dim":32}""",
            config["vision_config"]!.ToJsonString());
        Assert.Equal(16, (int)Json("hf/preprocessor_config.json")["size"]!["shortest_edge"]!);
        Assert.Equal("CLIPTokenizer", (string?)Json("hf/tokenizer_config.json")["tokenizer_class"]);
        Assert.Equal(16, (int)Json("hf/tokenizer_config.json")["model_max_length"]!);
        Assert.Equal("<|endoftext|>", (string?)Json("hf/special_tokens_map.json")["pad_token"]);

        var back = ModelFiles.Open(_folder["hf"]);
        Assert.Equal(TextCleaning.HuggingFace, back.Cleaning);
        Assert.Equal(TextCleaning.OpenAI, tiny.Cleaning);
        Assert.Equal(Compat.HuggingFace, back.Preprocess.Compat);
        Assert.Equal(tiny.LoadTokenizer().Encode("a red circle"), back.LoadTokenizer().Encode("a red circle"));
    }

    [Fact]
    public void Open_clip_s_folder_says_nothing_that_open_clip_does_not_know()
    {
        ModelConversion.Write(ReferenceModels.Open("vit-tiny/openai_jit.pt"), _folder["oc"], "open_clip");
        Assert.Equal(["open_clip_config.json", "open_clip_model.safetensors"],
            Directory.GetFiles(_folder["oc"]).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        var config = Json("oc/open_clip_config.json");
        Assert.Equal(["model_cfg", "preprocess_cfg"], config.Select(member => member.Key));
        Assert.Equal(["size", "mean", "std", "interpolation", "resize_mode", "mode", "fill_color"],
            config["preprocess_cfg"]!.AsObject().Select(member => member.Key));
    }

    [Fact]
    public void Texts_of_a_model_from_huggingface_are_cleaned_in_its_way_in_open_clip_s_folder_too()
    {
        ModelConversion.Write(TinyModel.Write(_folder["tiny"]), _folder["hf"], "huggingface");
        ModelConversion.Write(ModelFiles.Open(_folder["hf"]), _folder["oc"], "open_clip");
        ModelConversion.Write(ModelFiles.Open(_folder["oc"]), _folder["back"], "huggingface");

        Assert.Equal(["model_cfg", "preprocess_cfg", "text_cleaning"],
            Json("oc/open_clip_config.json").Select(member => member.Key));
        var first = ModelFiles.Open(_folder["hf"]).LoadTokenizer();
        Assert.All(["oc", "back"],
            place => Assert.Equal(first.Fingerprint, ModelFiles.Open(_folder[place]).LoadTokenizer().Fingerprint));
        const string mojibake = "schÃ¶n &amp; gut";
        Assert.Equal(first.Encode(mojibake), ModelFiles.Open(_folder["oc"]).LoadTokenizer().Encode(mojibake));
        Assert.NotEqual(first.Encode(mojibake), ModelFiles.Open(_folder["tiny"]).LoadTokenizer().Encode(mojibake));
    }

    [Fact]
    public void How_texts_are_cleaned_is_kept_where_no_tokenizer_lies_beside_the_weights()
    {
        ModelConversion.Write(ReferenceModels.Open("vit-tiny/huggingface"), _folder["oc"], "open_clip");
        Assert.Equal((false, TextCleaning.HuggingFace),
            (ModelFiles.Open(_folder["oc"]).HasTokenizer, ModelFiles.Open(_folder["oc"]).Cleaning));
    }

    [Theory]
    [InlineData(TensorType.F16, "float16")]
    [InlineData(TensorType.BF16, "bfloat16")]
    public void Half_precision_is_said_and_spares_the_logit_scale(TensorType type, string name)
    {
        ModelConversion.Write(ReferenceModels.Open("vit-tiny/open_clip"), _folder["hf"], "huggingface", type);
        Assert.Equal(name, (string?)Json("hf/config.json")["torch_dtype"]);
        using var written = WeightsFile.Open(_folder["hf/model.safetensors"]);
        Assert.All(written.Tensors.Values,
            tensor => Assert.Equal(tensor.Name == "logit_scale" ? TensorType.F32 : type, tensor.Type));
        ModelConversion.Write(ModelFiles.Open(_folder["hf"]), _folder["back"], "open_clip", TensorType.F32);
        // the fixture's weights are exact in both
        AssertSame(ReferenceModels.Open("vit-tiny/open_clip"), ModelFiles.Open(_folder["back"]));
    }

    [Fact]
    public void A_resized_model_is_written_as_it_is_used()
    {
        var resized = ModelFiles.Open(SharedFiles.Fixture("vit-tiny/open_clip"),
            new ModelOverrides { ImageSize = 48, ContextLength = 8 });
        ModelConversion.Write(resized, _folder["hf"], "huggingface");
        var written = ModelFiles.Open(_folder["hf"]);
        Assert.Equal((48, 8, 48), (written.Config.Vision.ImageSize, written.Config.Text.ContextLength, written.Preprocess.Size));
        Assert.Empty(written.Notes);
    }

    [Theory]
    [InlineData("rn-tiny/open_clip", "huggingface", true, "ResNet")]
    [InlineData("vit-tiny/open_clip", "openai", false, "QuickGELU always")]
    public void What_a_layout_cannot_say_is_refused_with_the_reason(string place, string layout, bool quickGelu, string reason)
    {
        var model = ModelFiles.Open(SharedFiles.Fixture(place), new ModelOverrides { QuickGelu = quickGelu });
        var refusal = Assert.Throws<ClipException>(() => ModelConversion.Write(model, _folder["x"], layout));
        Assert.Contains(reason, refusal.Message, StringComparison.Ordinal);
        Assert.False(Path.Exists(_folder["x"]));
    }

    [Fact]
    public void Nothing_is_overwritten()
    {
        File.WriteAllText(_folder["taken"], "mine");
        Assert.All(ModelConversion.Layouts, layout => Assert.Equal(ClipError.CannotCreate,
            Assert.Throws<ClipException>(() => ModelConversion
                .Write(ReferenceModels.Open("vit-tiny/open_clip"), _folder["taken"], layout)).Kind));
        Assert.Equal("mine", File.ReadAllText(_folder["taken"]));
    }

    private JsonObject Json(string file) => JsonNode.Parse(File.ReadAllText(_folder[file]))!.AsObject();

    private static void AssertSameFile(string reference, string path)
    {
        using var expected = WeightsFile.Open(reference);
        using var written = WeightsFile.Open(path);
        Assert.Equal(expected.Tensors.Keys.Where(name => !name.EndsWith("position_ids", StringComparison.Ordinal)).Order(),
            written.Tensors.Keys.Order());
        Assert.All(written.Tensors.Values, tensor =>
        {
            Assert.Equal(expected.Tensors[tensor.Name].Shape, tensor.Shape);
            var reference = expected.Tensors[tensor.Name]; // which may hold scalars as halves
            Assert.True(reference.Bytes().Span.SequenceEqual(NumberFormats.Converted(tensor, reference.Type).Bytes().Span), tensor.Name);
        });
    }

    // Names of trunks and of presets may be lost on the way, what is computed may not.
    private static void AssertSameTowers(ModelConfig expected, ModelConfig found)
    {
        Assert.Equal(StateDictShapes.Of(expected).Select(entry => entry.Name), StateDictShapes.Of(found).Select(entry => entry.Name));
        Assert.Equal((expected.ImageBlocks, expected.TextBlocks), (found.ImageBlocks, found.TextBlocks));
        Assert.Equal((expected.Vision.Pooling, expected.Text.Pooling), (found.Vision.Pooling, found.Text.Pooling));
    }

    private static void AssertSame(ModelFiles expected, ModelFiles found)
    {
        Assert.Equal(expected.Config.ToJson(), found.Config.ToJson());
        AssertSameWeights(expected, found);
    }

    private static void AssertSameWeights(ModelFiles expected, ModelFiles found)
    {
        using var want = expected.OpenWeights();
        using var got = found.OpenWeights();
        Assert.Equal(want.Tensors.Keys, got.Tensors.Keys);
        Assert.All(want.Tensors.Values, tensor =>
        {
            Assert.Equal(tensor.Type, got.Tensors[tensor.Name].Type);
            Assert.Equal(tensor.Shape, got.Tensors[tensor.Name].Shape);
            Assert.True(tensor.Bytes().Span.SequenceEqual(got.Tensors[tensor.Name].Bytes().Span), tensor.Name);
        });
    }
}
