namespace ClipSharp.Evaluation.Probes;

/// <summary>Features and what is to be told from them, row by row. Parts and joins of sets are views: no feature is
/// copied.</summary>
public sealed class ProbeSet
{
    private readonly Embeddings[] _parts;
    private readonly (int Part, int Row)[] _rows;

    /// <param name="features">[N, D], of any length, finite. They are neither copied nor changed.</param>
    /// <param name="targets">N targets.</param>
    /// <exception cref="ClipException">There is a NaN or an infinity among the features.</exception>
    public ProbeSet(Embeddings features, ProbeTargets targets)
    {
        ArgumentNullException.ThrowIfNull(features);
        ArgumentNullException.ThrowIfNull(targets);
        if (features.Count != targets.Count)
        {
            throw new ArgumentException($"{features.Count} features, {targets.Count} targets.", nameof(targets));
        }

        FiniteVectors.Require(features, row => FormattableString.Invariant($"features of picture {row}"));
        (_parts, Targets) = ([features], targets);
        _rows = [.. Enumerable.Range(0, features.Count).Select(row => (0, row))];
    }

    private ProbeSet(Embeddings[] parts, (int Part, int Row)[] rows, ProbeTargets targets) =>
        (_parts, _rows, Targets) = (parts, rows, targets);

    /// <summary>N.</summary>
    public int Count => _rows.Length;

    /// <summary>D.</summary>
    public int Dimension => _parts[0].Dimension;

    /// <summary>What is to be told, row by row.</summary>
    public ProbeTargets Targets { get; }

    /// <summary>Features of row i, [D].</summary>
    public ReadOnlySpan<float> Row(int index) => _parts[_rows[index].Part].Row(_rows[index].Row);

    /// <summary>Some rows, in the order given.</summary>
    public ProbeSet Take(IReadOnlyList<int> rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        return new ProbeSet(_parts, [.. rows.Select(row => _rows[row])], Targets.Take(rows));
    }

    /// <summary>These rows and others after them, of the same width and classes.</summary>
    public ProbeSet Join(ProbeSet other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (other.Dimension != Dimension)
        {
            throw new ArgumentException($"Features of {Dimension} numbers and of {other.Dimension}.", nameof(other));
        }

        return new ProbeSet([.. _parts, .. other._parts],
            [.. _rows, .. other._rows.Select(row => (row.Part + _parts.Length, row.Row))], Targets.Join(other.Targets));
    }

    /// <summary>Cuts a validation split off. Each class gives the same share, rounded to whole pictures, and keeps at least one;
    /// which, the seed decides. Both splits are in the rows' order.</summary>
    /// <param name="share">Of the validation split, above 0 and below 1.</param>
    /// <param name="seed">Another seed, another split.</param>
    public (ProbeSet Train, ProbeSet Validation) Split(double share = 0.2, long seed = 0)
    {
        var held = Held(share, seed);
        ProbeSet Part(bool validation) => Take([.. Enumerable.Range(0, Count).Where(row => held[row] == validation)]);
        return (Part(false), Part(true));
    }

    /// <summary>Which rows <see cref="Split"/> cuts off.</summary>
    internal bool[] Held(double share, long seed)
    {
        if (share is not (> 0 and < 1))
        {
            throw new ArgumentOutOfRangeException(nameof(share), share, "Above 0 and below 1.");
        }

        var held = new bool[Count];
        foreach (var group in Enumerable.Range(0, Count).GroupBy(Targets.GroupOf))
        {
            int[] rows = [.. group];
            new RandomStream(seed, RandomPurpose.ValidationSplit, element: group.Key).Shuffle<int>(rows);
            foreach (var row in rows.Take(Math.Min((int)Math.Round(share * rows.Length), rows.Length - 1)))
            {
                held[row] = true;
            }
        }

        return held;
    }
}
