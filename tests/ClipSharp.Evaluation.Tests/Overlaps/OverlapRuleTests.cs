using ClipSharp.Evaluation.Overlaps;

namespace ClipSharp.Evaluation.Tests.Overlaps;

public sealed class OverlapRuleTests
{
    private static readonly OverlapRule Rule = new(0.9, 40);
    private static readonly OverlapPicture Picture = new("a", "file", null);

    [Theory]
    [InlineData(0.9, 40, false, true)]
    [InlineData(0.95, 41, false, false)]
    [InlineData(0.89, 0, false, false)]
    [InlineData(-1, 0, true, true)]
    public void Both_must_agree_unless_pixels_are_equal(double cosine, int distance, bool isIdentical, bool holds) =>
        Assert.Equal(holds, Rule.Holds(new OverlapPair(Picture, (float)cosine, distance, isIdentical)));

    [Fact]
    public void Either_neighbour_may_be_the_copy()
    {
        var far = new OverlapPair(Picture, 0.2f, 30, false);
        var semantic = new OverlapPair(Picture, 0.99f, 90, false);
        var copy = new OverlapPair(Picture, 0.95f, 35, false);
        Assert.False(new TestPictureOverlap(Picture, semantic, far).IsOverlap(Rule));
        Assert.True(new TestPictureOverlap(Picture, copy, far).IsOverlap(Rule));
        Assert.Same(copy, new TestPictureOverlap(Picture, copy, far).Deciding(Rule));
        Assert.Same(far, new TestPictureOverlap(Picture, semantic, far).Deciding(Rule));
    }

    [Theory]
    [InlineData(1.5, 40, "--near")]
    [InlineData(double.NaN, 40, "--near")]
    [InlineData(0.9, 256, "--hash-distance")]
    [InlineData(0.9, -1, "--hash-distance")]
    public void Numbers_out_of_range_are_refused(double near, int distance, string option)
    {
        var refusal = Assert.Throws<ClipException>(() => new OverlapRule(near, distance).Validated());
        Assert.Equal(ClipError.Usage, refusal.Kind);
        Assert.Contains(option, refusal.Message, StringComparison.Ordinal);
    }
}
