using System.Runtime.InteropServices;
using System.Text;

namespace ClipSharp.Text;

/// <summary>Learns byte-pair merges one by one. The counts of all pairs are kept up to date, and only the words that hold the
/// joined pair are touched.</summary>
internal sealed class MergeLearner : IComparer<(long Count, int First, int Second)>
{
    private readonly List<Word> _words = [];
    private readonly Dictionary<(int First, int Second), Pair> _pairs = [];
    private readonly List<(int First, int Second)> _new = []; // pairs not waiting yet

    // A pair's count only falls after the step that makes it, so what waits here is its upper bound.
    private readonly PriorityQueue<(int First, int Second), (long Count, int First, int Second)> _waiting;

    /// <param name="pieces">How often each piece occurs.</param>
    public MergeLearner(IReadOnlyDictionary<string, long> pieces)
    {
        _waiting = new(this);
        var bytesOnly = new BpeVocabulary([], []);
        foreach (var (piece, count) in pieces)
        {
            var bytes = Encoding.UTF8.GetBytes(piece);
            var symbols = Array.ConvertAll(bytes, value => bytesOnly.ByteIds[value]);
            symbols[^1] = bytesOnly.ClosingByteIds[bytes[^1]];
            _words.Add(new Word(symbols, count));
            AddPairs(_words.Count - 1, newest: null);
        }

        LetNewOnesWait();
    }

    /// <summary>The symbols so far: the bytes', then one a merge.</summary>
    public List<string> Symbols { get; } = [.. BpeVocabulary.Alphabet];

    /// <summary>The merges so far, as indices of symbols, with how often the pair occurred.</summary>
    public List<(int First, int Second, long Count)> Merges { get; } = [];

    /// <summary>Joins the most frequent pair; among equals the smallest by code point.</summary>
    /// <returns>Whether a pair was left that occurs twice.</returns>
    public bool LearnNext()
    {
        while (_waiting.TryDequeue(out var best, out var bound))
        {
            var count = _pairs[best].Count;
            if (count == bound.Count && count >= 2)
            {
                Join(best, count);
                return true;
            }

            if (count >= 2)
            {
                _waiting.Enqueue(best, (count, best.First, best.Second));
            }
        }

        return false;
    }

    /// <summary>The more frequent first, then the smaller symbols.</summary>
    public int Compare((long Count, int First, int Second) x, (long Count, int First, int Second) y)
    {
        var order = y.Count.CompareTo(x.Count);
        order = order != 0 ? order : string.CompareOrdinal(Symbols[x.First], Symbols[y.First]);
        return order != 0 ? order : string.CompareOrdinal(Symbols[x.Second], Symbols[y.Second]);
    }

    private void Join((int First, int Second) pair, long count)
    {
        var joined = Symbols.Count;
        Symbols.Add(Symbols[pair.First] + Symbols[pair.Second]);
        Merges.Add((pair.First, pair.Second, count));
        foreach (var index in _pairs[pair].Words) // some may hold it no more: then nothing changes
        {
            RemovePairs(_words[index]);
            _words[index].Join(pair, joined);
            AddPairs(index, joined);
        }

        LetNewOnesWait();
    }

    /// <summary>Counts a word's pairs, overlapping ones too, and lists the word under those with the newest symbol, or under
    /// all.</summary>
    private void AddPairs(int index, int? newest)
    {
        var word = _words[index];
        for (var at = 1; at < word.Symbols.Length; at++)
        {
            var key = (First: word.Symbols[at - 1], Second: word.Symbols[at]);
            ref var pair = ref CollectionsMarshal.GetValueRefOrAddDefault(_pairs, key, out var known);
            if (!known)
            {
                pair = new Pair();
                _new.Add(key);
            }

            pair!.Count += word.Count;
            var isNew = newest is null || key.First == newest || key.Second == newest;
            if (isNew && (pair.Words is [] || pair.Words[^1] != index))
            {
                pair.Words.Add(index);
            }
        }
    }

    private void RemovePairs(Word word)
    {
        for (var at = 1; at < word.Symbols.Length; at++)
        {
            _pairs[(word.Symbols[at - 1], word.Symbols[at])].Count -= word.Count;
        }
    }

    private void LetNewOnesWait()
    {
        foreach (var pair in _new)
        {
            _waiting.Enqueue(pair, (_pairs[pair].Count, pair.First, pair.Second));
        }

        _new.Clear();
    }

    private sealed class Pair
    {
        public long Count { get; set; }

        /// <summary>Indices of the words that hold it or once held it.</summary>
        public List<int> Words { get; } = [];
    }

    private sealed class Word(int[] symbols, long count)
    {
        private int[] _symbols = symbols;

        public long Count => count;

        public ReadOnlySpan<int> Symbols => _symbols;

        /// <summary>Joins the pair wherever it is, from left to right.</summary>
        public void Join((int First, int Second) pair, int joined)
        {
            var to = 0;
            for (var from = 0; from < _symbols.Length; from++, to++)
            {
                var isPair = from + 1 < _symbols.Length && (_symbols[from], _symbols[from + 1]) == pair;
                _symbols[to] = isPair ? joined : _symbols[from];
                from += isPair ? 1 : 0;
            }

            Array.Resize(ref _symbols, to);
        }
    }
}
