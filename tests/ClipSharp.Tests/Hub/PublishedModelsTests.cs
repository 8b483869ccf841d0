using ClipSharp.Hub;
using ClipSharp.Models;

namespace ClipSharp.Tests.Hub;

public sealed class PublishedModelsTests
{
    [Fact]
    public void Each_is_of_an_architecture_that_is_computed_and_has_its_parameters()
    {
        foreach (var model in PublishedModels.All)
        {
            Assert.Contains(model.Architecture, ModelPresets.Names);
            Assert.Equal(1, (double)model.Parameters / ModelCost.Of(ModelPresets.Find(model.Architecture)).Parameters, 1e-4);
            Assert.Equal(model.Repo, PublishedModels.Named($"{model.Architecture}/{model.Tag}")?.Repo);
        }
    }

    [Theory]
    [InlineData("ViT-L-14/dfn2b", "apple/DFN2B-CLIP-ViT-L-14")] // the activation is the weights'
    [InlineData("vit-l-14-quickgelu/DFN2B", "apple/DFN2B-CLIP-ViT-L-14")]
    [InlineData("ViT-B/16/openai", "openai/clip-vit-base-patch16")]
    [InlineData("ViT-B-16/webli", null)]
    [InlineData("ViT-B/16", null)]
    [InlineData("ViT-B-16", null)]
    [InlineData("openai/clip-vit-base-patch16", null)]
    public void An_architecture_with_a_tag_names_one(string name, string? repo) =>
        Assert.Equal(repo, PublishedModels.Named(name)?.Repo);
}
