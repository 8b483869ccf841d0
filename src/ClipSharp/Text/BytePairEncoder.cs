using System.Buffers;
using System.Text;

namespace ClipSharp.Text;

/// <summary>Merges the bytes of one piece into tokens: always the pair whose merge was learnt first, from left to right
/// (Sennrich et al. 2016, 3.2). Time n log n, so a word of any length will do.</summary>
internal sealed class BytePairEncoder
{
    private readonly BpeVocabulary _vocabulary;
    private readonly Dictionary<(int First, int Second), int> _ranks;

    public BytePairEncoder(BpeVocabulary vocabulary)
    {
        _vocabulary = vocabulary;
        _ranks = new(vocabulary.Merges.Length);
        for (var rank = 0; rank < vocabulary.Merges.Length; rank++)
        {
            var (first, second, _) = vocabulary.Merges[rank];
            _ranks.Add((first, second), rank);
        }
    }

    /// <param name="piece">One piece of a text, not empty; a lone surrogate counts as U+FFFD.</param>
    /// <returns>Its ids.</returns>
    public int[] Encode(ReadOnlySpan<char> piece)
    {
        var bytes = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(piece.Length));
        var length = Encoding.UTF8.GetBytes(piece, bytes);
        var ids = new int[length];
        for (var at = 0; at < length; at++)
        {
            ids[at] = (at < length - 1 ? _vocabulary.ByteIds : _vocabulary.ClosingByteIds)[bytes[at]];
        }

        ArrayPool<byte>.Shared.Return(bytes);
        return length == 1 ? ids : Merge(ids);
    }

    private int[] Merge(int[] ids)
    {
        const int gone = -1;
        var next = new int[ids.Length]; // the tokens left, as a list linked both ways
        var previous = new int[ids.Length];
        var waiting = new PriorityQueue<int, (int Rank, int At)>(ids.Length);
        for (var at = 0; at < ids.Length; at++)
        {
            next[at] = at + 1;
            previous[at] = at - 1;
            Offer(at);
        }

        var left = ids.Length;
        while (waiting.TryDequeue(out var at, out var priority))
        {
            if (RankAt(at) != priority.Rank)
            {
                continue; // one of the two has been merged meanwhile
            }

            var second = next[at];
            ids[at] = _vocabulary.Merges[priority.Rank].Merged;
            ids[second] = gone;
            next[at] = next[second];
            if (next[at] < ids.Length)
            {
                previous[next[at]] = at;
            }

            left--;
            Offer(at);
            if (previous[at] >= 0)
            {
                Offer(previous[at]);
            }
        }

        var merged = new int[left];
        for (int at = 0, to = 0; at < ids.Length; at = next[at])
        {
            merged[to++] = ids[at];
        }

        return merged;

        int RankAt(int at) => ids[at] != gone && next[at] < ids.Length
            && _ranks.TryGetValue((ids[at], ids[next[at]]), out var rank) ? rank : -1;

        void Offer(int at)
        {
            if (RankAt(at) is >= 0 and var rank)
            {
                waiting.Enqueue(at, (rank, at));
            }
        }
    }
}
