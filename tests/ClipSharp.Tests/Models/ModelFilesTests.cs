using System.Text.Json.Nodes;
using ClipSharp.Images;
using ClipSharp.Models;
using ClipSharp.Text;
using ClipSharp.Weights;

namespace ClipSharp.Tests.Models;

public sealed class ModelFilesTests : IDisposable
{
    private static BpeTokenizer Tokenizer => BpeTokenizer.Load(SharedFiles.Fixture("tokenizer-small"));

    private readonly string _place = Directory.CreateTempSubdirectory("clipsharp-").FullName;

    public void Dispose() => Directory.Delete(_place, recursive: true);

    [Theory]
    [InlineData("vit-tiny")]
    [InlineData("rn-tiny")]
    public void The_reference_s_folder_opens_and_is_written_again(string fixture)
    {
        var original = ModelFiles.Open(SharedFiles.Fixture($"{fixture}/open_clip"));
        Assert.True(original.Config.QuickGelu);
        Assert.Equal(original.Config.Vision.ImageSize, original.Preprocess.Size);
        Assert.Equal(0.48145466, original.Preprocess.Mean[0]);

        var path = Path.Combine(_place, "copy");
        using (var file = SafetensorsFile.Open(original.WeightsPaths[0]))
        {
            ModelFiles.Write(path, original.Config, original.Preprocess, Tokenizer, Copy(file));
        }

        var copy = ModelFiles.Open(path);
        Assert.Equal(original.Config.ToJson(), copy.Config.ToJson());
        Assert.Equal(original.Preprocess.Std, copy.Preprocess.Std);
        Assert.Equal(path, copy.TokenizerPath);
        Assert.Equal(["merges.txt", "open_clip_config.json", "open_clip_model.safetensors", "vocab.json"],
            Directory.GetFileSystemEntries(path).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal(["copy"], Directory.GetFileSystemEntries(_place).Select(Path.GetFileName));
    }

    [Fact]
    public void The_configuration_has_open_clip_s_layout()
    {
        WriteTiny("m");
        var json = JsonNode.Parse(File.ReadAllText(Path.Combine(_place, "m", "open_clip_config.json")))!.AsObject();
        Assert.Equal(["model_cfg", "preprocess_cfg"], json.Select(member => member.Key));
        Assert.Equal(["size", "mean", "std", "interpolation", "resize_mode", "mode", "fill_color"],
            json["preprocess_cfg"]!.AsObject().Select(m => m.Key));
        Assert.Equal(["embed_dim", "quick_gelu", "vision_cfg", "text_cfg"], json["model_cfg"]!.AsObject().Select(m => m.Key));
    }

    [Fact]
    public void All_tensors_that_do_not_fit_are_told_together()
    {
        using var file = Fixtures.OpenSafetensors("vit-tiny/open_clip/open_clip_model.safetensors");
        var config = ModelFiles.Open(SharedFiles.Fixture("vit-tiny/open_clip")).Config;
        var tensors = Copy(file).Where(tensor => tensor.Name != "ln_final.bias")
            .Select(t => t.Name == "visual.proj" ? new NamedTensor(t.Name, t.Type, [32, 64], t.Bytes) : t)
            .Append(new NamedTensor("logit_bias", TensorType.F32, [], new byte[4]));
        var refusal = Assert.Throws<ClipException>(
            () => ModelFiles.Write(Path.Combine(_place, "m"), config, new PreprocessConfig(), Tokenizer, tensors));
        Assert.Contains("1 missing: ln_final.bias; 1 unexpected: logit_bias; 1 misshapen: visual.proj [32, 64] instead of [64, 32]", refusal.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_place));
    }

    [Fact]
    public void A_folder_with_another_model_s_weights_is_refused()
    {
        WriteTiny("m");
        File.Copy(SharedFiles.Fixture("rn-tiny/open_clip/open_clip_model.safetensors"),
            Path.Combine(_place, "m", "open_clip_model.safetensors"), overwrite: true);
        var refusal = Assert.Throws<ClipException>(() => ModelFiles.Open(Path.Combine(_place, "m")));
        Assert.Contains("visual.class_embedding", refusal.Message, StringComparison.Ordinal);
        Assert.Matches("missing: .* and [0-9]+ more; .* unexpected: .* and [0-9]+ more", refusal.Message);
    }

    [Fact]
    public void What_is_missing_is_told()
    {
        Assert.Contains("does not exist", Refusal("nothing"), StringComparison.Ordinal);
        Directory.CreateDirectory(Path.Combine(_place, "empty"));
        Assert.Contains("no open_clip_config.json and no config.json", Refusal("empty"), StringComparison.Ordinal);
        WriteTiny("m");
        File.Delete(Path.Combine(_place, "m", "merges.txt"));
        var noTokenizer = Assert.Throws<ClipException>(() => ModelFiles.Open(Path.Combine(_place, "m")).TokenizerPath);
        Assert.Equal(ClipError.NoInput, noTokenizer.Kind);
        Assert.Contains("vocab.json and merges.txt", noTokenizer.Message, StringComparison.Ordinal);
        File.Delete(Path.Combine(_place, "m", "open_clip_model.safetensors"));
        Assert.Contains("found no weights, expected open_clip_model.safetensors or", Refusal("m"), StringComparison.Ordinal);
    }

    [Fact]
    public void Pictures_of_another_size_than_the_model_s_are_refused()
    {
        WriteTiny("m");
        var path = Path.Combine(_place, "m", "open_clip_config.json");
        File.WriteAllText(path, File.ReadAllText(path).Replace("\"size\": 32", "\"size\": [48, 48]", StringComparison.Ordinal));
        Assert.Contains("preprocess_cfg.size = 48 is not the model's image_size 32", Refusal("m"), StringComparison.Ordinal);
    }

    [Fact]
    public void The_fingerprint_follows_configuration_and_weights()
    {
        WriteTiny("a");
        WriteTiny("b");
        var (a, b) = (ModelFiles.Open(Path.Combine(_place, "a")), ModelFiles.Open(Path.Combine(_place, "b")));
        Assert.Matches("^[0-9a-f]{64}$", a.Fingerprint());
        Assert.Equal(a.Fingerprint(), b.Fingerprint());
        var bytes = File.ReadAllBytes(b.WeightsPaths[0]);
        bytes[^1] ^= 1;
        File.WriteAllBytes(b.WeightsPaths[0], bytes);
        File.SetLastWriteTimeUtc(b.WeightsPaths[0], DateTime.UtcNow.AddMinutes(1));
        Assert.NotEqual(a.Fingerprint(), b.Fingerprint());
    }

    [Fact]
    public void A_write_that_fails_leaves_no_folder_behind()
    {
        Assert.Throws<InvalidOperationException>(
            () => WriteTiny("m", new NamedTensor("logit_scale", TensorType.F32, [],
                () => throw new InvalidOperationException())));
        Assert.Empty(Directory.GetFileSystemEntries(_place));
    }

    private static List<NamedTensor> Copy(SafetensorsFile file) =>
        [.. file.Tensors.Values.Select(tensor =>
            new NamedTensor(tensor.Name, tensor.Type, tensor.Shape, file.Bytes(tensor.Name).ToArray()))];

    private void WriteTiny(string name, NamedTensor? instead = null)
    {
        var original = ModelFiles.Open(SharedFiles.Fixture("vit-tiny/open_clip"));
        using var file = SafetensorsFile.Open(original.WeightsPaths[0]);
        ModelFiles.Write(Path.Combine(_place, name), original.Config, original.Preprocess, Tokenizer,
            Copy(file).Select(tensor => tensor.Name == instead?.Name ? instead : tensor));
    }

    private string Refusal(string name) =>
        Assert.Throws<ClipException>(() => ModelFiles.Open(Path.Combine(_place, name))).Message;
}
