namespace ClipSharp.Training.Memory;

/// <summary>In what a tower computes and keeps its matrices.</summary>
/// <param name="IsHalf">Whether its products are 16 bits (autocast).</param>
/// <param name="HasHalfWeights">Whether its matrices are kept in 16 bits.</param>
/// <param name="LowRank">The rank of what is learnt beside matrices of blocks; 0 = nothing is.</param>
internal readonly record struct TowerFormats(bool IsHalf, bool HasHalfWeights, int LowRank = 0)
{
    /// <summary>Bytes of a product's numbers.</summary>
    public int Number => IsHalf ? 2 : 4;

    /// <summary>Bytes of a matrix's numbers.</summary>
    public int Weight => HasHalfWeights ? 2 : 4;

    /// <summary>Bytes of a matrix's copy that autocast makes: none where it is of 16 bits already.</summary>
    public long Casts(long count) => IsHalf && !HasHalfWeights ? 2 * count : 0;

    /// <summary>Bytes of a matrix's gradient of 16 bits and of its float32 copy, which is added to the gradient that is
    /// kept.</summary>
    public long Widened(long count) => IsHalf && !HasHalfWeights ? (2 + sizeof(float)) * count : 0;
}
