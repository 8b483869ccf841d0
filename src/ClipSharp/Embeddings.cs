namespace ClipSharp;

/// <summary>Vectors, float32, row-major [N, E]: those of the joint space, each row of unit length, or features of any length.
/// They may be more than one array holds, which are 4,194,303 of 512.</summary>
public sealed class Embeddings
{
    private readonly LargeArray<float> _numbers;

    /// <param name="values">N · E numbers, taken over, not copied.</param>
    /// <param name="dimension">E.</param>
    public Embeddings(float[] values, int dimension)
    {
        ArgumentNullException.ThrowIfNull(values);
        ArgumentOutOfRangeException.ThrowIfLessThan(dimension, 1);
        if (values.Length % dimension != 0)
        {
            throw new ArgumentException($"{values.Length} numbers are no rows of {dimension}.", nameof(values));
        }

        (_numbers, Dimension, Count) = (new LargeArray<float>(values), dimension, values.Length / dimension);
    }

    /// <summary>Room for vectors that are yet to be written.</summary>
    /// <exception cref="ClipException">They are more than 16 GiB.</exception>
    internal Embeddings(int count, int dimension)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(dimension, 1);
        (_numbers, Dimension, Count) = (new LargeArray<float>((long)count * dimension), dimension, count);
    }

    /// <summary>All numbers, row after row.</summary>
    /// <exception cref="ClipException">They are more than one array holds: take them by <see cref="Row"/>.</exception>
    public float[] Values => _numbers.Values;

    /// <summary>E.</summary>
    public int Dimension { get; }

    /// <summary>N.</summary>
    public int Count { get; }

    /// <summary>Row i, [E].</summary>
    public ReadOnlySpan<float> Row(int index) => Writable(index);

    /// <summary>Some rows, copied, in the order given.</summary>
    public Embeddings Rows(IReadOnlyList<int> indices)
    {
        ArgumentNullException.ThrowIfNull(indices);
        var rows = new Embeddings(indices.Count, Dimension);
        for (var i = 0; i < indices.Count; i++)
        {
            Row(indices[i]).CopyTo(rows.Writable(i));
        }

        return rows;
    }

    /// <summary>Row i, to be written.</summary>
    internal Span<float> Writable(int index) => _numbers.Slice((long)index * Dimension, Dimension);

    /// <summary>Neighbouring rows, copied.</summary>
    internal Embeddings Slice(int start, int count)
    {
        var rows = new Embeddings(count, Dimension);
        for (var i = 0; i < count; i++)
        {
            Row(start + i).CopyTo(rows.Writable(i));
        }

        return rows;
    }

    /// <summary>Writes vectors into the rows from <paramref name="start"/> on.</summary>
    internal void Write(int start, Embeddings vectors)
    {
        for (var i = 0; i < vectors.Count; i++)
        {
            vectors.Row(i).CopyTo(Writable(start + i));
        }
    }
}
