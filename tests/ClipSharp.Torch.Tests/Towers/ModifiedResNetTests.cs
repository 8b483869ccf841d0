using ClipSharp.Torch.Towers;
using static TorchSharp.torch;

namespace ClipSharp.Torch.Tests.Towers;

public sealed class ModifiedResNetTests
{
    [Fact]
    public void Every_stage_equals_the_reference()
    {
        using var scope = NewDisposeScope();
        using var none = no_grad();
        using var want = new Reference("rn-tiny/expected.safetensors");
        using var model = Reference.Model("rn-tiny");
        model.Train(false);
        var tower = (ModifiedResNet)model.Image;

        var state = tower.Stem(want["pixels"]);
        want.AssertClose("vision/stem", state);
        for (var i = 0; i < 4; i++)
        {
            state = tower.Stages[i].forward(state);
            want.AssertClose($"vision/layer{i + 1}", state);
        }

        want.AssertClose("vision/projected", tower.Pooling.forward(state));
        want.AssertClose("vision/normalised", ClipModel.Unit(tower.forward(want["pixels"])));
    }

    [Fact]
    public void Exact_gelu_variant_equals_the_reference()
    {
        using var scope = NewDisposeScope();
        using var none = no_grad();
        using var inputs = new Reference("rn-tiny/expected.safetensors");
        using var want = new Reference("rn-tiny/variants.safetensors");
        using var model = Reference.Model("rn-tiny", c => c with { QuickGelu = false });
        model.Train(false);

        want.AssertClose("gelu/vision/projected", model.Image.call(inputs["pixels"]));
        want.AssertClose("gelu/text/projected", model.Text.call(inputs["tokens"], inputs["text/eos_index"]));
    }
}
