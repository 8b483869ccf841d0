using ClipSharp.Torch.Towers;
using TorchSharp;
using static TorchSharp.torch;

namespace ClipSharp.Torch.Tests.Towers;

public sealed class VisionTransformerTests
{
    [Fact]
    public void Every_stage_equals_the_reference()
    {
        using var scope = NewDisposeScope();
        using var none = no_grad();
        using var want = new Reference("vit-tiny/expected.safetensors");
        using var model = Reference.Model("vit-tiny");
        var tower = (VisionTransformer)model.Image;

        var patches = tower.EmbedPatches(want["pixels"]);
        want.AssertClose("vision/patch_embedding", patches);
        var embedded = tower.AddPositions(patches);
        want.AssertClose("vision/embedded", embedded);
        var state = tower.NormBefore!.forward(embedded);
        want.AssertClose("vision/ln_pre", state);
        Blocks.AssertClose(want, "vision", tower.Transformer, state);
        state = tower.Transformer.forward(state);
        want.AssertClose("vision/pooled", tower.Pool(state));
        want.AssertClose("vision/pooled", tower.FeatureChain().Run(want["pixels"]));
        var projected = tower.forward(want["pixels"]);
        want.AssertClose("vision/projected", projected);
        want.AssertClose("vision/normalised", ClipModel.Unit(projected));
    }

    [Theory]
    [InlineData("gelu")]
    [InlineData("heads")]
    public void Variants_equal_the_reference(string variant)
    {
        using var scope = NewDisposeScope();
        using var none = no_grad();
        using var inputs = new Reference("vit-tiny/expected.safetensors");
        using var want = new Reference("vit-tiny/variants.safetensors");
        using var model = Reference.Model("vit-tiny", c => variant == "gelu"
            ? c with { QuickGelu = false }
            : c with { Vision = c.Vision with { HeadWidth = 32 }, Text = c.Text with { Heads = 4 } });

        want.AssertClose($"{variant}/vision/projected", model.Image.call(inputs["pixels"]));
        want.AssertClose($"{variant}/text/projected", model.Text.call(inputs["tokens"], inputs["text/eos_index"]));
    }

    [Fact]
    public void Only_the_patches_that_are_kept_are_seen()
    {
        using var scope = NewDisposeScope();
        using var none = no_grad();
        using var model = Reference.Model("vit-tiny");
        var pixels = zeros([2, 3, 32, 32], dtype: ScalarType.Byte);
        var changed = pixels.clone();
        changed.narrow(2, 0, 8).narrow(3, 0, 8).fill_(200); // the first patch
        var without = tensor(new long[] { 1, 2, 15, 1, 2, 15 }, [2, 3]);

        Assert.True(model.ImageChain(without).Run(pixels).allclose(model.ImageChain(without).Run(changed)));
        Assert.False(model.ImageChain().Run(pixels).allclose(model.ImageChain().Run(changed)));
        Assert.False(model.ImageChain(without).Run(pixels).allclose(model.ImageChain().Run(pixels)));
    }

    [Fact]
    public void What_fills_no_patch_at_the_right_and_below_is_not_seen()
    {
        using var scope = NewDisposeScope();
        using var none = no_grad();
        using var model = Reference.Model("vit-tiny");
        var tower = (VisionTransformer)model.Image;
        var pixels = randn(2, 3, 21, 30);

        var seen = tower.EmbedPatches(pixels[.., .., ..16, ..24].contiguous());
        Assert.Equal([2, 6, 64], seen.shape);
        Assert.True(tower.EmbedPatches(pixels).allclose(seen));
        Assert.True(tower.EmbedPatches(pixels[.., .., ..16, ..].contiguous()).allclose(seen));
        Assert.True(tower.EmbedPatches(pixels[.., .., .., ..24].contiguous()).allclose(seen));
    }

    [Fact]
    public void A_forward_leaves_exactly_its_result_alive()
    {
        using var scope = NewDisposeScope();
        using var none = no_grad();
        using var model = Reference.Model("vit-tiny");
        var pixels = zeros(2, 3, 32, 32);
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;

        model.Image.call(pixels);

        Assert.Equal(before + 1, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }
}

internal static class Blocks
{
    public static void AssertClose(Reference want, string tower, Transformer transformer, Tensor state, Tensor? seen = null)
    {
        var first = transformer.Blocks[0];
        var normed = first.AttentionNorm.forward(state);
        want.AssertCloseIfThere($"{tower}/block_0/ln_1", normed);
        var attended = first.Attention.forward(normed, seen);
        want.AssertCloseIfThere($"{tower}/block_0/attn", attended);
        if (!want.Has($"{tower}/block_0/ls_1"))
        {
            var second = first.MlpNorm.forward(state + attended);
            want.AssertCloseIfThere($"{tower}/block_0/ln_2", second);
            want.AssertCloseIfThere($"{tower}/block_0/mlp", first.Mlp.forward(second));
        }

        for (var i = 0; i < transformer.Blocks.Count; i++)
        {
            state = transformer.Blocks[i].forward(state, seen);
            want.AssertCloseIfThere($"{tower}/block_{i}", state);
        }
    }
}
