using ClipSharp.Models;
using ClipSharp.Torch.Tests.Towers;
using ClipSharp.Training.Optimization;

namespace ClipSharp.Training.Tests;

[Trait("Category", "Numeric")]
public sealed class TowerLayersTests
{
    private static readonly TowerLayers ViT = new(ModelPresets.Find("ViT-B-32"));
    private static readonly TowerLayers ResNet = new(ModelPresets.Find("RN50"));

    [Theory]
    [InlineData("visual.conv1.weight", 0)]
    [InlineData("visual.class_embedding", 0)]
    [InlineData("visual.ln_pre.bias", 0)]
    [InlineData("visual.transformer.resblocks.0.attn.in_proj_weight", 1)]
    [InlineData("visual.transformer.resblocks.11.mlp.c_fc.weight", 12)]
    [InlineData("visual.ln_post.weight", 12)]
    [InlineData("visual.proj", 13)]
    [InlineData("token_embedding.weight", 0)]
    [InlineData("transformer.resblocks.11.ln_1.weight", 12)]
    [InlineData("ln_final.bias", 12)]
    [InlineData("text_projection", 13)]
    public void Layers_count_from_the_input(string name, int layer) => Assert.Equal(layer, ViT.Of(name)!.Value.Layer);

    [Theory]
    [InlineData("visual.bn3.weight", 0)]
    [InlineData("visual.layer1.0.conv1.weight", 1)]
    [InlineData("visual.layer4.2.downsample.0.weight", 4)]
    [InlineData("visual.attnpool.c_proj.weight", 5)]
    public void A_resnet_has_a_stem_four_stages_and_a_pooling(string name, int layer) =>
        Assert.Equal(layer, ResNet.Of(name)!.Value.Layer);

    [Fact]
    public void Every_layer_of_a_tower_has_parameters_and_none_is_left_out()
    {
        foreach (var (layers, config) in (IEnumerable<(TowerLayers, ModelConfig)>)[(ViT, ModelPresets.Find("ViT-B-32")),
            (ResNet, ModelPresets.Find("RN50"))])
        {
            var places = StateDictShapes.Of(config).Where(e => e.Name != "logit_scale").Select(e => layers.Of(e.Name)!.Value)
                .ToList();
            foreach (var image in (bool[])[true, false])
            {
                Assert.Equal(Enumerable.Range(0, layers.Count(image)),
                    places.Where(p => p.IsImage == image).Select(p => p.Layer).Distinct().Order());
            }
        }
    }

    [Fact]
    public void Locked_towers_stay_as_they_are_and_the_unlocked_layers_move()
    {
        using var model = Reference.Model("vit-tiny");
        var options = new TrainOptions { LockImage = true, LockImageUnlockedGroups = 1, LockText = true };
        var layers = new TowerLayers(model.Config);
        foreach (var (_, parameter) in model.NamedParameters().Where(p => layers.IsLocked(p.Name, options)))
        {
            parameter.requires_grad = false;
        }

        using var optimizer = new AdamW(model.NamedParameters(), new AdamWOptions(), name => layers.RateFactor(name, 0.5));
        var trainer = new Trainer(model, optimizer, new CosineSchedule(1e-3, 0, 10), Torch.Precision.Parse("fp32"), options);
        var before = model.NamedParameters().ToDictionary(p => p.Name, p => p.Parameter.bytes.ToArray());
        trainer.Step(0, MemoryTests.Batch(32));

        var moved = model.NamedParameters().Where(p => !p.Parameter.bytes.SequenceEqual(before[p.Name])).Select(p => p.Name);
        Assert.Equal(["logit_scale", "visual.proj"], moved.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_layers_rate_falls_with_its_distance_from_the_output()
    {
        Assert.Equal(1, ViT.RateFactor("visual.proj", 0.5));
        Assert.Equal(0.25, ViT.RateFactor("visual.transformer.resblocks.10.ln_1.bias", 0.5));
        Assert.Equal(Math.Pow(0.5, 13), ViT.RateFactor("token_embedding.weight", 0.5));
        Assert.Equal(1, ViT.RateFactor("logit_scale", 0.5));
    }

    [Fact]
    public void Statistics_of_locked_batch_norms_stand_still()
    {
        using var model = Reference.Model("rn-tiny");
        foreach (var (_, parameter) in model.NamedParameters().Where(p => p.Name.StartsWith("visual.", StringComparison.Ordinal)))
        {
            parameter.requires_grad = false;
        }

        using var optimizer = new AdamW(model.NamedParameters(), new AdamWOptions());
        var trainer = new Trainer(model, optimizer, new CosineSchedule(1e-3, 0, 10), Torch.Precision.Parse("fp32"),
            new TrainOptions { LockImage = true });
        var before = model.NamedBuffers().Select(b => b.Buffer.bytes.ToArray()).ToList();
        trainer.Step(0, MemoryTests.Batch(64));

        Assert.All(model.NamedBuffers().Zip(before),
            pair => Assert.True(pair.First.Buffer.bytes.SequenceEqual(pair.Second), pair.First.Name));
    }
}
