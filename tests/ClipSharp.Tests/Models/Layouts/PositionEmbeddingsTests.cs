using ClipSharp.Images;
using ClipSharp.Models;
using ClipSharp.Models.Layouts;

namespace ClipSharp.Tests.Models.Layouts;

public sealed class PositionEmbeddingsTests
{
    [Fact]
    public void A_text_s_positions_are_carried_over_linearly()
    {
        // torch: F.interpolate([0, 1, 2, 3], size=8, mode="linear", align_corners=False)
        Assert.Equal([0, 0.25f, 0.75f, 1.25f, 1.75f, 2.25f, 2.75f, 3], PositionEmbeddings.OfText([0, 1, 2, 3], 4, 8, 1));
        Assert.Equal([0.5f, 2.5f], PositionEmbeddings.OfText([0, 1, 2, 3], 4, 2, 1));
    }

    [Fact]
    public void A_constant_grid_stays_constant_and_the_class_row_stays_as_it_is()
    {
        float[] positions = [7, .. Enumerable.Repeat(0.5f, 49)];
        foreach (var size in new[] { 1, 3, 6, 7, 10, 20 })
        {
            var carried = PositionEmbeddings.OfGrid(positions, 1, 7, size, 1);
            Assert.Equal(7, carried[0]);
            Assert.All(carried[1..], value => Assert.Equal(0.5f, value, 1e-6f));
        }
    }

    [Fact]
    public void A_grid_s_sides_are_carried_over_each_by_itself()
    {
        // [2, 3]: rows that are alike grow as a row of its own, columns that are alike as a column.
        var rows = PositionEmbeddings.OfGrid([1, 5, 2, 1, 5, 2], 0, new Extent(2, 3), new Extent(4, 6), 1);
        var row = PositionEmbeddings.OfGrid([1, 5, 2], 0, new Extent(1, 3), new Extent(1, 6), 1);
        Assert.All(rows.Chunk(6), found => Assert.Equal(row, found));
        var columns = PositionEmbeddings.OfGrid([1, 1, 1, 5, 5, 5], 0, new Extent(2, 3), new Extent(4, 6), 1);
        var column = PositionEmbeddings.OfGrid([1, 5], 0, new Extent(2, 1), new Extent(4, 1), 1);
        Assert.All(columns.Index(), found => Assert.Equal(column[found.Index / 6], found.Item, 1e-6f));
        // As the middle rows of a square whose rows are alike.
        Assert.Equal(row, PositionEmbeddings.OfGrid([1, 5, 2, 1, 5, 2, 1, 5, 2], 0, 3, 6, 1)[12..18]);
    }

    [Fact]
    public void A_picture_of_another_form_has_another_grid()
    {
        var place = SharedFiles.Fixture("options/rectangle");
        var model = ModelFiles.Open(place, new ModelOverrides { ImageSize = new Extent(24, 16) });
        Assert.Equal((new Extent(24, 16), new Extent(24, 16)), (model.Config.Vision.ImageSize, model.Preprocess.Size));
        Assert.Contains("2x3 to 3x2", Assert.Single(model.Notes), StringComparison.Ordinal);
        using var weights = model.OpenWeights();
        using var stored = ModelFiles.Open(place).OpenWeights();
        var (carried, before) = (Positions(weights), Positions(stored));
        Assert.Equal(before.Length, carried.Length); // as many cells, and others all the same
        Assert.Equal(before[..16], carried[..16]);
        Assert.NotEqual(before[16..], carried[16..]);
        Assert.Contains("found 16x20, expected a multiple of 8", Assert.Throws<ClipException>(
            () => ModelFiles.Open(place, new ModelOverrides { ImageSize = new Extent(16, 20) })).Message,
            StringComparison.Ordinal);
        Assert.Contains("found 20x16, expected a multiple of 8", Assert.Throws<ClipException>(
            () => ModelFiles.Open(place, new ModelOverrides { ImageSize = new Extent(20, 16) })).Message,
            StringComparison.Ordinal);

        static float[] Positions(ModelWeights weights) => weights.Tensors["visual.positional_embedding"].ReadFloats();
    }

    [Fact]
    public void Another_image_size_changes_positions_only_and_is_said()
    {
        var model = ModelFiles.Open(SharedFiles.Fixture("vit-tiny/open_clip"),
            new ModelOverrides { ImageSize = 48, ContextLength = 20 });
        Assert.Equal((48, 48, 20), (model.Config.Vision.ImageSize, model.Preprocess.Size, model.Config.Text.ContextLength));
        Assert.Equal(2, model.Notes.Count);
        Assert.Contains("4x4 to 6x6", model.Notes[0], StringComparison.Ordinal);
        Assert.Contains("16 to 20", model.Notes[1], StringComparison.Ordinal);
        using var weights = model.OpenWeights();
        Assert.Equal(StateDictShapes.Of(model.Config).Select(entry => (entry.Name, string.Join(',', entry.Shape))),
            weights.Tensors.Values.Select(tensor => (tensor.Name, string.Join(',', tensor.Shape))));
        Assert.NotEqual(ModelFiles.Open(model.Location).Fingerprint(), model.Fingerprint());
    }

    [Fact]
    public void A_class_token_s_row_is_one_of_a_text_s_positions()
    {
        var model = ModelFiles.Open(SharedFiles.Fixture("options/embed-cls"), new ModelOverrides { ContextLength = 24 });
        Assert.Contains("12 to 24 tokens", Assert.Single(model.Notes), StringComparison.Ordinal);
        using var weights = model.OpenWeights();
        Assert.Equal([25, 16], weights.Tensors["positional_embedding"].Shape);
        Assert.Equal([16], weights.Tensors["cls_emb"].Shape);
    }

    [Fact]
    public void A_resnet_keeps_its_size_and_a_size_that_the_patches_do_not_divide_is_refused()
    {
        Assert.Contains("ResNet", Refusal("rn-tiny/open_clip", 96), StringComparison.Ordinal);
        Assert.Contains("a multiple of 8", Refusal("vit-tiny/open_clip", 33), StringComparison.Ordinal);
        static string Refusal(string fixture, int size) => Assert.Throws<ClipException>(
            () => ModelFiles.Open(SharedFiles.Fixture(fixture), new ModelOverrides { ImageSize = size })).Message;
    }
}
