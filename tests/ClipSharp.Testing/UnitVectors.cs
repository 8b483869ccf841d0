namespace ClipSharp.Testing;

/// <summary>Random unit vectors.</summary>
public static class UnitVectors
{
    /// <summary>[N, E] from a seed.</summary>
    public static Embeddings Draw(int count, int dimension, long seed)
    {
        var values = new float[count * dimension];
        for (var row = 0; row < count; row++)
        {
            Fill(values.AsSpan(row * dimension, dimension), (seed * 1_000_000) + row);
        }

        return new Embeddings(values, dimension);
    }

    /// <summary>Fills one row.</summary>
    public static void Fill(Span<float> row, long seed)
    {
        var random = new RandomStream(seed, RandomPurpose.Initialization);
        var sum = 0.0;
        foreach (ref var x in row)
        {
            x = (float)random.NextNormal();
            sum += (double)x * x;
        }

        foreach (ref var x in row)
        {
            x = (float)(x / Math.Sqrt(sum));
        }
    }
}
