namespace ClipSharp.Text.Subwords;

/// <summary>The pieces whose probabilities have the largest product (Kudo 2018, 3.2): Viterbi over all pieces that begin at each
/// place. What no piece covers costs 10 more than the rarest piece, a character each, and neighbours become one unknown
/// token.</summary>
internal sealed class UnigramEncoder : ISubwordEncoder
{
    private const double UnknownPenalty = 10;

    private readonly string[] _pieces; // in order of their characters
    private readonly int[] _ids;
    private readonly double[] _scores;
    private readonly Dictionary<char, (int From, int To)> _first = [];
    private readonly double _unknownScore;
    private readonly int _unknown;
    private readonly int[]? _byteIds;
    private readonly bool _isSingle;

    /// <param name="table">The pieces that a text may become.</param>
    /// <param name="scores">Of each id; the logarithm of its probability.</param>
    /// <param name="least">The smallest score.</param>
    /// <param name="unknown">The id of what no piece covers.</param>
    /// <param name="byteIds">[256] where unknown text becomes bytes, else null.</param>
    /// <param name="isSingle">Whether sums are float32, as in the sentencepiece library; Hugging Face's has float64.</param>
    public UnigramEncoder(PieceTable table, Func<int, double> scores, double least, int unknown, int[]? byteIds, bool isSingle)
    {
        _pieces = [.. table.All.Keys];
        Array.Sort(_pieces, StringComparer.Ordinal);
        _ids = Array.ConvertAll(_pieces, piece => table.All[piece]);
        _scores = Array.ConvertAll(_ids, id => scores(id));
        (_unknown, _byteIds, _isSingle) = (unknown, byteIds, isSingle);
        _unknownScore = Rounded(least - UnknownPenalty);
        for (int from = 0, to; from < _pieces.Length; from = to)
        {
            var c = _pieces[from][0];
            for (to = from + 1; to < _pieces.Length && _pieces[to][0] == c; to++)
            {
            }

            _first[c] = (from, to);
        }
    }

    /// <inheritdoc/>
    public void Encode(string part, bool isFirst, List<int> ids) => Encode(part, ids);

    /// <summary>Adds the ids of a text.</summary>
    public void Encode(ReadOnlySpan<char> text, List<int> ids)
    {
        const int unreached = -1, unknown = -2;
        var best = new double[text.Length + 1];
        var from = new int[text.Length + 1];  // where the piece that ends here begins
        var piece = new int[text.Length + 1]; // which it is, in order of characters
        Array.Fill(piece, unreached);
        for (int at = 0, width; at < text.Length; at += width)
        {
            width = char.IsHighSurrogate(text[at]) && at + 1 < text.Length && char.IsLowSurrogate(text[at + 1]) ? 2 : 1;
            var isCovered = false;
            if (_first.TryGetValue(text[at], out var range))
            {
                for (var end = at + 1; range.From < range.To; end++)
                {
                    if (_pieces[range.From].Length == end - at)
                    {
                        Offer(at, end, _scores[range.From], range.From);
                        isCovered |= end == at + width;
                    }

                    if (end == text.Length)
                    {
                        break;
                    }

                    range = Narrowed(range, end - at, text[end]);
                }
            }

            if (!isCovered)
            {
                Offer(at, at + width, _unknownScore, unknown);
            }
        }

        AddPath(text);

        void Offer(int start, int end, double score, int which)
        {
            var sum = Rounded(best[start] + score);
            if (piece[end] == unreached || sum > best[end])
            {
                (best[end], from[end], piece[end]) = (sum, start, which);
            }
        }

        void AddPath(ReadOnlySpan<char> whole)
        {
            var path = new Stack<(int From, int To, int Piece)>();
            for (var end = whole.Length; end > 0; end = from[end])
            {
                path.Push((from[end], end, piece[end]));
            }

            var wasUnknown = false;
            foreach (var (start, end, which) in path)
            {
                if (which != unknown)
                {
                    ids.Add(_ids[which]);
                    wasUnknown = false;
                }
                else if (_byteIds is null || !PieceTable.TryAddBytes(whole[start..end], _byteIds, ids))
                {
                    if (!wasUnknown)
                    {
                        ids.Add(_unknown);
                    }

                    wasUnknown = true;
                }
            }
        }
    }

    private double Rounded(double value) => _isSingle ? (float)value : value;

    // Of pieces in order that agree in the characters before, those with the next one.
    private (int From, int To) Narrowed((int From, int To) range, int at, char c) =>
        (Bound(range, at, c), Bound(range, at, (char)(c + 1), isAfterLast: c == char.MaxValue));

    // The first piece whose character at a place is not below the given one.
    private int Bound((int From, int To) range, int at, char c, bool isAfterLast = false)
    {
        if (isAfterLast)
        {
            return range.To;
        }

        var (low, high) = range;
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (_pieces[middle].Length <= at || _pieces[middle][at] < c)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }
}
