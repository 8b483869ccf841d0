using ClipSharp.Models;
using ClipSharp.Torch.Tests.Towers;
using ClipSharp.Torch.Towers;
using TorchSharp;
using static TorchSharp.torch;

namespace ClipSharp.Torch.Tests.Models;

/// <summary>Features and logits of the reference, from every container and layout.</summary>
public sealed class ContainerParityTests
{
    public static TheoryData<string> Places => [.. ReferenceModels.Places];

    [Theory]
    [MemberData(nameof(Places))]
    public void Stages_features_logits_and_gradients_equal_the_reference(string place)
    {
        using var scope = NewDisposeScope();
        using var want = new Reference($"{place.Split('/')[0]}/expected.safetensors");
        using var model = ClipModel.Load(ReferenceModels.Open(place));
        model.Train(false);
        if (model.Image is VisionTransformer tower)
        {
            using var none = no_grad();
            var state = tower.NormBefore!.forward(tower.AddPositions(tower.EmbedPatches(want["pixels"])));
            Blocks.AssertClose(want, "vision", tower.Transformer, state);
        }

        var images = model.Image.call(want["pixels"]);
        var texts = model.Text.call(want["tokens"], want["text/eos_index"]);
        want.AssertClose("vision/projected", images);
        want.AssertClose("text/projected", texts);
        var logits = model.LogitScale.exp() * ClipModel.Unit(images).mm(ClipModel.Unit(texts).t());
        want.AssertClose("logits_per_image", logits, share: ReferenceModels.HasRoundedScale(place) ? 1e-2 : 1e-5);
        if (ReferenceModels.HasRoundedScale(place))
        {
            return;
        }

        var classes = arange(6);
        var loss = (nn.functional.cross_entropy(logits, classes) + nn.functional.cross_entropy(logits.t(), classes)) / 2;
        want.AssertClose("loss", loss);
        loss.backward();
        foreach (var (name, parameter) in model.NamedParameters())
        {
            want.AssertClose($"grad/{name}", parameter.grad!, share: 5e-5,
                absolute: name.EndsWith("k_proj.bias", StringComparison.Ordinal) ? 1e-6 : 0);
        }
    }

    [Theory]
    [InlineData(6)]
    [InlineData(3)]
    public void Another_image_size_gives_open_clip_s_features(int grid)
    {
        using var scope = NewDisposeScope();
        using var none = no_grad();
        using var want = new Reference("vit-tiny/variants.safetensors");
        using var model = ClipModel.Load(
            ModelFiles.Open(SharedFiles.Fixture("vit-tiny/huggingface"), new ModelOverrides { ImageSize = 8 * grid }));

        want.AssertClose($"position_{grid}x{grid}/antialias_true/visual.positional_embedding",
            model.NamedWeights().Single(weight => weight.Name == "visual.positional_embedding").Value);
        want.AssertClose($"position_{grid}x{grid}/antialias_true/vision/projected",
            model.Image.call(want[$"position_{grid}x{grid}/pixels"]));
    }

    [Fact]
    public void Loading_leaves_no_tensor_blank_and_trains_all()
    {
        using var scope = NewDisposeScope();
        using var model = ClipModel.Load(ReferenceModels.Open("rn-tiny/open_clip"));
        Assert.All(model.NamedWeights(), weight => Assert.Equal(DeviceType.CPU, weight.Value.device.type));
        Assert.All(model.NamedParameters(), parameter => Assert.True(parameter.Parameter.requires_grad));
        Assert.Equal(StateDictShapes.Of(model.Config).Select(entry => entry.Name).Order(),
            model.NamedWeights().Select(w => w.Name).Order());
    }
}
