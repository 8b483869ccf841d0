
namespace ClipSharp.Shapes;

/// <summary>Chooses the combinations that training never sees: a tenth of all, spread evenly, so that each single attribute and
/// each pair of attributes (striped + purple, purple + star, striped + star) stays common in training.</summary>
internal static class HeldOutDesign
{
    /// <summary>How many combinations are held out.</summary>
    public const int Count = Combination.Count / 10;

    /// <summary>The held-out combinations of a seed, in the order of their choice: the first ones are spread as evenly as
    /// all.</summary>
    public static IReadOnlyList<Combination> Choose(long seed)
    {
        var random = new RandomStream(seed, RandomPurpose.Synthesis);
        var candidates = Combination.All.ToArray();
        random.Shuffle(candidates.AsSpan());

        // Greedy: always the candidate whose attributes and pairs have lost the least of their combinations, squared so that
        // losses spread; ties go by the shuffled order.
        var chosen = new List<Combination>(Count);
        while (chosen.Count < Count)
        {
            chosen.Add(candidates.Except(chosen).MinBy(Lost));
        }

        return chosen;

        double Lost(Combination c) =>
            Share(chosen.Count(o => o.Texture == c.Texture), Combination.Colors * Combination.Outlines)
            + Share(chosen.Count(o => o.Color == c.Color), Combination.Textures * Combination.Outlines)
            + Share(chosen.Count(o => o.Outline == c.Outline), Combination.Textures * Combination.Colors)
            + Share(chosen.Count(o => o.Texture == c.Texture && o.Color == c.Color), Combination.Outlines)
            + Share(chosen.Count(o => o.Texture == c.Texture && o.Outline == c.Outline), Combination.Colors)
            + Share(chosen.Count(o => o.Color == c.Color && o.Outline == c.Outline), Combination.Textures);

        static double Share(int lost, int of) => Math.Pow((double)lost / of, 2);
    }
}
