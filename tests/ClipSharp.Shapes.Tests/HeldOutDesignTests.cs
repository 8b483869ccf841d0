using ClipSharp.Shapes.Scenes;

namespace ClipSharp.Shapes.Tests;

public sealed class HeldOutDesignTests
{
    [Fact]
    public void Every_pair_of_attributes_keeps_most_of_its_combinations()
    {
        for (var seed = 0L; seed < 20; seed++)
        {
            var heldOut = HeldOutDesign.Choose(seed);
            Assert.Equal(18, heldOut.Distinct().Count());
            var seen = Combination.All.Except(heldOut).ToList();
            AssertKept(seen, c => (c.Color, c.Outline), pairs: 63, least: Combination.Textures - 1);
            AssertKept(seen, c => (c.Texture, c.Color), pairs: 27, least: Combination.Outlines - 3);
            AssertKept(seen, c => (c.Texture, c.Outline), pairs: 21, least: Combination.Colors - 3);
        }
    }

    [Fact]
    public void Every_attribute_is_held_out_about_equally_often()
    {
        for (var seed = 0L; seed < 20; seed++)
        {
            var heldOut = HeldOutDesign.Choose(seed);
            AssertEven(heldOut.CountBy(c => c.Texture).Select(c => c.Value), Combination.Textures);
            AssertEven(heldOut.CountBy(c => c.Color).Select(c => c.Value), Combination.Colors);
            AssertEven(heldOut.CountBy(c => c.Outline).Select(c => c.Value), Combination.Outlines);
            AssertEven(heldOut.Take(9).CountBy(c => c.Texture).Select(c => c.Value), Combination.Textures);
            AssertEven(heldOut.Take(9).CountBy(c => c.Color).Select(c => c.Value), Combination.Colors);
        }

        static void AssertEven(IEnumerable<int> counts, int values)
        {
            var all = counts.ToList();
            Assert.Equal(values, all.Count);
            Assert.InRange(all.Max() - all.Min(), 0, 3);
        }
    }

    [Fact]
    public void Another_seed_holds_out_others() => Assert.NotEqual(HeldOutDesign.Choose(0), HeldOutDesign.Choose(1));

    [Fact]
    public void The_class_number_is_the_line_of_the_class_name()
    {
        Assert.Equal(Enumerable.Range(0, 189), Combination.All.Select(c => c.Index));
        Assert.Equal(189, Combination.All.Select(c => c.Name).Distinct().Count());
        Assert.Equal("striped purple star", new Combination(ShapeTexture.Striped, ShapeColor.Purple, ShapeOutline.Star).Name);
    }

    private static void AssertKept<T>(List<Combination> seen, Func<Combination, T> pair, int pairs, int least) where T : notnull
    {
        var counts = seen.CountBy(pair).ToList();
        Assert.Equal(pairs, counts.Count);
        Assert.All(counts, c => Assert.True(c.Value >= least, $"{c.Key}: {c.Value} combinations left"));
    }
}
