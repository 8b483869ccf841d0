using ClipSharp.Models;
using ClipSharp.Weights;

namespace ClipSharp.Tests.Models.Layouts;

/// <summary>What the shapes of bare weights cannot tell is refused by the tensor that decides.</summary>
public sealed class ConfigInferenceTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("ln_final.weight", new long[] { 32 })] // narrower than a head
    [InlineData("ln_final.weight", new long[] { 96 })] // a head and a half
    [InlineData("visual.conv1.weight", new long[] { 96, 3, 8, 8 })]
    public void OpenAI_s_own_files_have_heads_64_wide_or_are_none(string name, long[] shape) =>
        Assert.Contains("The weights do not tell the number of heads",
            Refusal("vit-tiny/openai_jit.pt", Shaped(name, shape)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("visual.positional_embedding", new long[] { 8, 64 }, "7 cells")]
    [InlineData("visual.positional_embedding", new long[] { (1025 * 1025) + 1, 1 }, "1050625 cells")]
    [InlineData("visual.conv1.weight", new long[] { 64, 3, 8 }, "expected 4 sides above 0")]
    [InlineData("ln_final.weight", new long[] { 0 }, "expected 1 sides above 0")]
    [InlineData("text_projection", null, "no text_projection")]
    [InlineData("transformer.resblocks.0.mlp.c_fc.weight", null, "no transformer.resblocks.0.mlp.c_fc.weight")]
    public void A_shape_that_no_model_has_is_told(string name, long[]? shape, string told)
    {
        var refusal = Refusal("vit-tiny/state_dict.pt", Shaped(name, shape));
        Assert.Equal(ClipError.Data, refusal.Kind);
        Assert.Contains("The weights do not tell", refusal.Message, StringComparison.Ordinal);
        Assert.Contains(told, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_image_size_beyond_all_numbers_is_told()
    {
        var (grid, patches) = (Shaped("visual.positional_embedding", [(1024 * 1024) + 1, 1]),
            Shaped("visual.conv1.weight", [1, 1, 1, 1 << 22]));

        Assert.Contains("the image size (", Refusal("vit-tiny/state_dict.pt", tensor => grid(patches(tensor)!)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Huggingface_s_names_without_a_projection_of_pictures_are_no_resnet_s() =>
        Assert.Contains("no visual.attnpool.positional_embedding",
        Refusal("vit-tiny/huggingface/model.safetensors",
            tensor => tensor.Name == "visual_projection.weight" ? null : tensor).Message, StringComparison.Ordinal);

    private static Func<NamedTensor, NamedTensor?> Shaped(string name, long[]? shape) => tensor => tensor.Name != name ? tensor
        : shape is null ? null : new NamedTensor(name, TensorType.U8, shape, new byte[shape.Aggregate(1L, (a, b) => a * b)]);

    private ClipException Refusal(string fixture, Func<NamedTensor, NamedTensor?> change)
    {
        var path = _folder["bare.safetensors"];
        using (var source = WeightsFile.Open(SharedFiles.Fixture(fixture)))
        using (var file = File.Create(path))
        {
            SafetensorsWriter.Write(file, source.Tensors.Values.Select(change).OfType<NamedTensor>());
        }

        return Assert.Throws<ClipException>(() => ModelFiles.Open(path, new ModelOverrides { QuickGelu = true }));
    }
}
