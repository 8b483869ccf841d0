using System.Numerics;

namespace ClipSharp.Search.Vectors;

/// <summary>Some of the rows of a segment: those that a search may find.</summary>
public sealed class RowSet
{
    private const int WordBits = 64;

    private readonly ulong[] _words;

    /// <summary>No row.</summary>
    /// <param name="length">Rows of the segment.</param>
    public RowSet(int length) => (Length, _words) = (length, new ulong[(length + WordBits - 1) / WordBits]);

    /// <summary>Rows of the segment.</summary>
    public int Length { get; }

    /// <summary>How many are in the set.</summary>
    public int Count => _words.Sum(BitOperations.PopCount);

    /// <summary>Whether a row is in the set.</summary>
    public bool this[int row]
    {
        get => (_words[row / WordBits] >> (row % WordBits) & 1) != 0;
        set
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)row, (uint)Length, nameof(row));
            var bit = 1UL << (row % WordBits);
            _words[row / WordBits] = value ? _words[row / WordBits] | bit : _words[row / WordBits] & ~bit;
        }
    }

    /// <summary>Every row.</summary>
    public static RowSet All(int length)
    {
        var all = new RowSet(length);
        for (var row = 0; row < length; row++)
        {
            all[row] = true;
        }

        return all;
    }

    /// <summary>Whether none of some neighbouring rows is in the set.</summary>
    internal bool IsEmpty(int from, int count)
    {
        for (var row = from; row < from + count; row++)
        {
            if (this[row])
            {
                return false;
            }
        }

        return true;
    }
}
