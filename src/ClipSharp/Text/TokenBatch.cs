namespace ClipSharp.Text;

/// <summary>Texts ready for a model: ids [B, T], start and end token included, the rest padding. B may be 0.</summary>
public sealed class TokenBatch
{
    /// <param name="ids">B · T ids, taken over, not copied.</param>
    /// <param name="contextLength">T.</param>
    /// <param name="endPositions">[B]: the index of each row's first end token, where the text's feature is read.
    /// Stored, not found by argmax, so that the end token need not be the largest id.</param>
    public TokenBatch(int[] ids, int contextLength, int[] endPositions)
    {
        ArgumentNullException.ThrowIfNull(ids);
        ArgumentNullException.ThrowIfNull(endPositions);
        ArgumentOutOfRangeException.ThrowIfLessThan(contextLength, 1);
        if (ids.Length != (long)contextLength * endPositions.Length)
        {
            throw new ArgumentException($"{ids.Length} ids are not {endPositions.Length} rows of {contextLength}.", nameof(ids));
        }

        Ids = ids;
        ContextLength = contextLength;
        EndPositions = endPositions;
    }

    /// <summary>All ids, row after row.</summary>
    public int[] Ids { get; }

    /// <summary>T.</summary>
    public int ContextLength { get; }

    /// <summary>[B]: the index of each row's first end token.</summary>
    public int[] EndPositions { get; }

    /// <summary>B.</summary>
    public int Count => EndPositions.Length;

    /// <summary>Tokens that a model reads: those up to the end tokens, start and end included.</summary>
    public long TokenCount => EndPositions.Sum(end => end + 1L);

    /// <summary>Row i, [T].</summary>
    public ReadOnlySpan<int> Row(int index) => Ids.AsSpan(index * ContextLength, ContextLength);

    /// <summary>Several batches of one context length as one.</summary>
    internal static TokenBatch Joined(IReadOnlyList<TokenBatch> batches) => batches is [var only]
        ? only
        : new TokenBatch([.. batches.SelectMany(batch => batch.Ids)], batches[0].ContextLength,
            [.. batches.SelectMany(batch => batch.EndPositions)]);
}
