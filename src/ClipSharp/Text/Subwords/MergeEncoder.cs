namespace ClipSharp.Text.Subwords;

/// <summary>Merges the characters of a text into pieces, always the best pair, among equals the leftmost (Sennrich et al. 2016,
/// 3.2). Unlike CLIP's, the alphabet is characters, not bytes, and words are not cut apart first. Time n log n.</summary>
internal sealed class MergeEncoder : ISubwordEncoder
{
    private readonly PieceTable _table;
    private readonly Dictionary<(int First, int Second), (int Rank, int Merged)>? _merges;
    private readonly Func<int, double>? _scores;
    private readonly AddedTokens _whole;
    private readonly int _unknown;
    private readonly int[]? _byteIds;

    /// <summary>Merges by rank, as <c>tokenizer.json</c> lists them.</summary>
    public MergeEncoder(PieceTable table, Dictionary<(int First, int Second), (int Rank, int Merged)> merges, int unknown,
        int[]? byteIds) => (_table, _merges, _whole, _unknown, _byteIds) = (table, merges, AddedTokens.None, unknown, byteIds);

    /// <summary>Merges by the score of what they make, as the sentencepiece library does.</summary>
    /// <param name="table">The pieces that a text may become.</param>
    /// <param name="scores">Of each id.</param>
    /// <param name="whole">The pieces that are never cut nor joined.</param>
    /// <param name="unknown">The id of what is no piece.</param>
    /// <param name="byteIds">[256] where unknown text becomes bytes, else null.</param>
    public MergeEncoder(PieceTable table, Func<int, double> scores, AddedTokens whole, int unknown, int[]? byteIds) =>
        (_table, _scores, _whole, _unknown, _byteIds) = (table, scores, whole, unknown, byteIds);

    /// <inheritdoc/>
    public void Encode(string part, bool isFirst, List<int> ids)
    {
        var wasUnknown = false;
        foreach (var (text, id) in _whole.Split(part))
        {
            if (id >= 0)
            {
                ids.Add(id);
                wasUnknown = false;
            }
            else
            {
                Merge(text, ids, ref wasUnknown);
            }
        }
    }

    private void Merge(string text, List<int> ids, ref bool wasUnknown)
    {
        var symbols = new Symbols(text);
        var waiting = new PriorityQueue<Pair, (double Badness, int At)>();
        for (var at = 0; at < symbols.Count; at++)
        {
            symbols.Id[at] = _table.Find(symbols.Span(at));
        }

        for (var at = 0; at < symbols.Count; at++)
        {
            Offer(at);
        }

        while (waiting.TryDequeue(out var pair, out var priority))
        {
            var at = priority.At;
            if (symbols.Length[at] != pair.First || symbols.Next[at] is var second && (second >= symbols.Count
                || symbols.Length[second] != pair.Second))
            {
                continue; // one of the two has been merged meanwhile
            }

            symbols.Join(at, pair.Merged);
            Offer(at);
            if (symbols.Previous[at] >= 0)
            {
                Offer(symbols.Previous[at]);
            }
        }

        for (var at = 0; at < symbols.Count; at = symbols.Next[at])
        {
            if (symbols.Id[at] >= 0)
            {
                ids.Add(symbols.Id[at]);
                wasUnknown = false;
            }
            else if (_byteIds is null || !PieceTable.TryAddBytes(symbols.Span(at), _byteIds, ids))
            {
                if (!wasUnknown)
                {
                    ids.Add(_unknown); // one for all neighbours
                }

                wasUnknown = true;
            }
        }

        void Offer(int at)
        {
            var second = symbols.Next[at];
            if (second >= symbols.Count)
            {
                return;
            }

            if (_merges is null)
            {
                var length = symbols.Length[at] + symbols.Length[second];
                if (length <= PieceTable.MostOfPiece
                    && _table.Find(text.AsSpan(symbols.Start[at], length)) is >= 0 and var made)
                {
                    waiting.Enqueue(new Pair(symbols.Length[at], symbols.Length[second], made), (-_scores!(made), at));
                }
            }
            else if (_merges.TryGetValue((symbols.Id[at], symbols.Id[second]), out var merge))
            {
                waiting.Enqueue(new Pair(symbols.Length[at], symbols.Length[second], merge.Merged), (merge.Rank, at));
            }
        }
    }

    // Lengths tell whether a pair is still there: a symbol only grows, or is gone with 0.
    private readonly record struct Pair(int First, int Second, int Merged);

    /// <summary>A text's characters, and what becomes of them: a list linked both ways.</summary>
    private sealed class Symbols
    {
        private readonly string _text;

        public Symbols(string text)
        {
            _text = text;
            (Start, Length, Id) = (new int[text.Length], new int[text.Length], new int[text.Length]);
            (Next, Previous) = (new int[text.Length], new int[text.Length]);
            for (var at = 0; at < text.Length; at += Length[Count++])
            {
                (Start[Count], Length[Count]) = (at, char.IsSurrogatePair(text, at) ? 2 : 1);
                (Next[Count], Previous[Count]) = (Count + 1, Count - 1);
            }
        }

        public int Count { get; private set; }

        public int[] Start { get; }

        public int[] Length { get; }

        public int[] Id { get; }

        public int[] Next { get; }

        public int[] Previous { get; }

        public ReadOnlySpan<char> Span(int at) => _text.AsSpan(Start[at], Length[at]);

        public void Join(int at, int id)
        {
            var second = Next[at];
            Length[at] += Length[second];
            Length[second] = 0;
            Id[at] = id;
            Next[at] = Next[second];
            if (Next[at] < Count)
            {
                Previous[Next[at]] = at;
            }
        }
    }
}
