namespace ClipSharp.Tests;

public sealed class NearestNameTests
{
    [Theory]
    [InlineData("ViT-B-23", "ViT-B-32")] // two neighbours swapped
    [InlineData("vit-b-32", "ViT-B-32")] // case does not count
    [InlineData("RN5", "RN50")]
    [InlineData("RM50", "RN50")]
    [InlineData("ViT-L-14-36", "ViT-L-14-336")]
    [InlineData("convnext", null)]
    [InlineData("", null)]
    public void The_nearest_name_is_found_or_none(string name, string? expected) =>
        Assert.Equal(expected, NearestName.Of(name, ["ViT-B-32", "ViT-L-14", "ViT-L-14-336", "RN50"]));

    [Fact]
    public void A_very_long_name_is_no_typing_error() => Assert.Null(NearestName.Of(new string('a', 1_000_000), ["a"]));
}
