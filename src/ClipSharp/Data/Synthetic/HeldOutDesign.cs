namespace ClipSharp.Data.Synthetic;

/// <summary>Chooses the combinations that training never sees: 15 % of all, spread evenly, so that each single attribute and each
/// pair of attributes (striped + purple, purple + star, striped + star) stays common in training.</summary>
internal static class HeldOutDesign
{
    /// <summary>How many combinations are held out.</summary>
    public const int Count = Combination.Count * 15 / 100;

    /// <summary>The held-out combinations of a seed, by class number.</summary>
    public static IReadOnlyList<Combination> Choose(long seed)
    {
        var random = new RandomStream(seed, RandomPurpose.Synthesis);
        var candidates = Combination.All.ToArray();
        random.Shuffle(candidates.AsSpan());

        // Greedy: always the candidate whose pairs have lost the least; ties go by the shuffled order. A pair of colour and
        // outline has the fewest combinations (one a texture), so it weighs most.
        var textureColor = new int[Combination.Textures, Combination.Colors];
        var textureOutline = new int[Combination.Textures, Combination.Outlines];
        var colorOutline = new int[Combination.Colors, Combination.Outlines];
        var chosen = new List<Combination>(Count);
        while (chosen.Count < Count)
        {
            var next = candidates.Except(chosen).MinBy(Lost);
            chosen.Add(next);
            textureColor[(int)next.Texture, (int)next.Color]++;
            textureOutline[(int)next.Texture, (int)next.Outline]++;
            colorOutline[(int)next.Color, (int)next.Outline]++;
        }

        return [.. chosen.OrderBy(c => c.Index)];

        double Lost(Combination c) =>
            Share(textureColor[(int)c.Texture, (int)c.Color], Combination.Outlines)
            + Share(textureOutline[(int)c.Texture, (int)c.Outline], Combination.Colors)
            + Share(colorOutline[(int)c.Color, (int)c.Outline], Combination.Textures);

        static double Share(int lost, int of) => Math.Pow((double)lost / of, 2);
    }
}
