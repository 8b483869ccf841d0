namespace ClipSharp;

/// <summary>Vectors of the joint space: float32, row-major [N, E], each row of unit length.</summary>
/// <param name="values">N · E numbers, taken over, not copied.</param>
/// <param name="dimension">E.</param>
public sealed class Embeddings(float[] values, int dimension)
{
    /// <summary>All numbers, row after row.</summary>
    public float[] Values { get; } = values.Length % dimension == 0
        ? values
        : throw new ArgumentException($"{values.Length} numbers are no rows of {dimension}.", nameof(values));

    /// <summary>E.</summary>
    public int Dimension { get; } = dimension;

    /// <summary>N.</summary>
    public int Count => Values.Length / Dimension;

    /// <summary>Row i, [E].</summary>
    public ReadOnlySpan<float> Row(int index) => Values.AsSpan(index * Dimension, Dimension);

    /// <summary>The length of an array for so many vectors.</summary>
    /// <exception cref="ClipException">No array is that long.</exception>
    internal static int Room(int count, int dimension)
    {
        var length = (long)count * dimension;
        return length <= Array.MaxLength
            ? (int)length
            : throw new ClipException(ClipError.Unavailable, "There are more vectors than one array holds", "memory",
                FormattableString.Invariant($"{count} vectors of {dimension}"),
                FormattableString.Invariant($"at most {Array.MaxLength / dimension}"),
                "Take the pictures or texts in parts.");
    }

    /// <summary>Some rows, copied, in the order given.</summary>
    public Embeddings Rows(IReadOnlyList<int> indices)
    {
        ArgumentNullException.ThrowIfNull(indices);
        var rows = new float[Room(indices.Count, Dimension)];
        for (var i = 0; i < indices.Count; i++)
        {
            Row(indices[i]).CopyTo(rows.AsSpan(i * Dimension));
        }

        return new Embeddings(rows, Dimension);
    }
}
