using ClipSharp.Weights;

namespace ClipSharp.Models.Layouts;

/// <summary>What tensors lack and have too many of, against what a model needs.</summary>
/// <param name="Missing">Names.</param>
/// <param name="Unexpected">Names.</param>
/// <param name="Misshapen">Names with both shapes.</param>
internal sealed record WeightsFit(IReadOnlyList<string> Missing, IReadOnlyList<string> Unexpected,
    IReadOnlyList<string> Misshapen)
{
    /// <summary>Whether all is as it should be.</summary>
    public bool IsFit => Missing.Count + Unexpected.Count + Misshapen.Count == 0;

    /// <summary>Compares tensors under our names with what a model needs.</summary>
    public static WeightsFit Of(ModelConfig config, IEnumerable<NamedTensor> tensors) =>
        Of(StateDictShapes.Of(config).Select(entry => (entry.Name, entry.Shape)),
            tensors.Select(tensor => (tensor.Name, tensor.Shape)));

    /// <summary>Compares. A scalar may have shape [1].</summary>
    public static WeightsFit Of(IEnumerable<(string Name, long[] Shape)> expected, IEnumerable<(string Name, long[] Shape)> found)
    {
        var shapes = expected.ToDictionary(entry => entry.Name, entry => entry.Shape);
        var missing = shapes.Keys.ToHashSet();
        List<string> unexpected = [], misshapen = [];
        foreach (var (name, shape) in found)
        {
            missing.Remove(name);
            if (!shapes.TryGetValue(name, out var want))
            {
                unexpected.Add(name);
            }
            else if (!shape.AsSpan().SequenceEqual(want) && !IsScalar(want, shape))
            {
                misshapen.Add($"{name} {Shapes.Text(shape)} instead of {Shapes.Text(want)}");
            }
        }

        return new([.. missing.Order(StringComparer.Ordinal)], [.. unexpected.Order(StringComparer.Ordinal)],
            [.. misshapen.Order(StringComparer.Ordinal)]);
    }

    private static bool IsScalar(long[] want, long[] found) => want is [] or [1] && found is [] or [1];

    /// <summary>Refuses what is not fit.</summary>
    /// <exception cref="ClipException">With every name that is missing, unexpected or misshapen.</exception>
    public void ThrowIfUnfit(string where)
    {
        if (!IsFit)
        {
            string[] faults = [.. Listed("missing", Missing), .. Listed("unexpected", Unexpected),
                .. Listed("misshapen", Misshapen)];
            throw new ClipException(ClipError.Data, "The weights do not fit the configuration", where, string.Join("; ", faults),
                "the tensors of the configuration", "Use the configuration that the weights came with.");
        }
    }

    private static IEnumerable<string> Listed(string kind, IReadOnlyList<string> names)
    {
        const int most = 20;
        if (names.Count > 0)
        {
            var more = names.Count > most ? $" and {names.Count - most} more" : string.Empty;
            yield return $"{names.Count} {kind}: {string.Join(", ", names.Take(most))}{more}";
        }
    }
}
