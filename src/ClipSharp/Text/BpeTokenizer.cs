using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;

namespace ClipSharp.Text;

/// <summary>Texts to token ids and back: CLIP's byte-level byte-pair encoding (paper 2.4; openai/CLIP's
/// <c>simple_tokenizer.py</c>). Any number of threads may use one.</summary>
public sealed class BpeTokenizer
{
    // Natural text repeats its words: the pieces met first are kept. Long ones and those after the limit are merged anew.
    private const int MaxCached = 1 << 16;
    private const int MaxCachedLength = 48;

    private readonly BpeVocabulary _vocabulary;
    private readonly BytePairEncoder _encoder;
    private readonly ConcurrentDictionary<string, int[]> _cache = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, int[]>.AlternateLookup<ReadOnlySpan<char>> _cached;
    private int _cacheCount;

    internal BpeTokenizer(BpeVocabulary vocabulary, TextCleaning cleaning)
    {
        _vocabulary = vocabulary;
        Cleaning = cleaning;
        _encoder = new BytePairEncoder(vocabulary);
        _cached = _cache.GetAlternateLookup<ReadOnlySpan<char>>();
        _cache[BpeVocabulary.Start] = [vocabulary.StartToken]; // a text may spell them, as in the reference
        _cache[BpeVocabulary.End] = [vocabulary.EndToken];
        var layout = string.Join('\n', vocabulary.Tokens) + "\n\n" + VocabularyFiles.MergesText(vocabulary)
            + (cleaning == TextCleaning.OpenAI ? "" : $"\n{cleaning}"); // checkpoints know it without a kind
        Fingerprint = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(layout)));
    }

    /// <summary>The number of ids, n: 49,408 for the published models.</summary>
    public int VocabularySize => _vocabulary.Tokens.Length;

    /// <summary>The id before each text; n − 2 unless vocab.json says otherwise.</summary>
    public int StartToken => _vocabulary.StartToken;

    /// <summary>The id after each text; n − 1 unless vocab.json says otherwise.</summary>
    public int EndToken => _vocabulary.EndToken;

    /// <summary>How texts are cleaned and cut.</summary>
    public TextCleaning Cleaning { get; }

    /// <summary>SHA-256 of all tokens by id, all merges and the kind of cleaning, in lower-case hex: equal for the same
    /// vocabulary in either layout, another when texts are cleaned otherwise.</summary>
    public string Fingerprint { get; }

    /// <summary>Loads a vocabulary.</summary>
    /// <param name="path">A list of merges in the layout of <c>bpe_simple_vocab_16e6.txt.gz</c> (<c>*.txt</c> or
    /// <c>*.txt.gz</c>; a header line, then up to 48,894 merges; more are ignored), or a folder with <c>vocab.json</c> and
    /// <c>merges.txt</c> or with one such list.</param>
    /// <param name="cleaning">The steps of whoever published the model; the files do not tell.</param>
    /// <exception cref="ClipException">It is missing, damaged, or tokens, ids and merges do not fit together.</exception>
    public static BpeTokenizer Load(string path, TextCleaning cleaning = TextCleaning.OpenAI) =>
        new(VocabularyFiles.Load(path), cleaning);

    /// <summary>Writes <c>vocab.json</c> and <c>merges.txt</c>, the layout of Hugging Face, into a folder.</summary>
    /// <exception cref="ClipException">They cannot be written.</exception>
    public void Save(string folder) => VocabularyFiles.Save(_vocabulary, folder);

    /// <summary>The ids of a text, cleaned first, without start and end.</summary>
    public int[] Encode(string text) => EncodeCleaned(TextCleaner.Clean(text, Cleaning));

    /// <summary>The ids of a text that <see cref="TextCleaner.Clean"/> has cleaned, without start and end.</summary>
    public int[] EncodeCleaned(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var ids = new List<int>(text.Length / 4);
        foreach (var piece in new PieceSplitter(text, Cleaning))
        {
            ids.AddRange(EncodePiece(piece));
        }

        return [.. ids];
    }

    /// <summary>Texts ready for a model; what is too long is cut, the end token stays (<c>clip.tokenize</c> with
    /// <c>truncate=True</c>).</summary>
    /// <param name="texts">B texts, cleaned here.</param>
    /// <param name="contextLength">T, 2 or more: 77 for the published models.</param>
    public TokenBatch Tokenize(IReadOnlyList<string> texts, int contextLength)
    {
        ArgumentNullException.ThrowIfNull(texts);
        ArgumentOutOfRangeException.ThrowIfLessThan(contextLength, 2);
        var ids = new int[ArrayLength.Of("token ids", texts.Count, contextLength)];
        var ends = new int[texts.Count];
        for (var row = 0; row < ends.Length; row++)
        {
            Tokenize(texts[row], ids.AsSpan(row * contextLength, contextLength), out ends[row]);
        }

        return new TokenBatch(ids, contextLength, ends);
    }

    /// <summary>One row of a batch.</summary>
    /// <param name="text">The text, cleaned here.</param>
    /// <param name="row">[T], T 2 or more: receives start, ids, end, then zeros.</param>
    /// <param name="endPosition">The index of the first end token.</param>
    public void Tokenize(string text, Span<int> row, out int endPosition)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(row.Length, 2, nameof(row));
        row[0] = StartToken;
        var length = 1;
        foreach (var piece in new PieceSplitter(TextCleaner.Clean(text, Cleaning), Cleaning))
        {
            ReadOnlySpan<int> ids = EncodePiece(piece);
            var fitting = Math.Min(ids.Length, row.Length - 1 - length);
            ids[..fitting].CopyTo(row[length..]);
            length += fitting;
            if (fitting < ids.Length)
            {
                break;
            }
        }

        row[length] = EndToken;
        row[(length + 1)..].Clear();
        endPosition = row.IndexOf(EndToken); // the text itself may spell one
    }

    /// <summary>Each id for the eye: its characters, <c>&lt;/w&gt;</c> where it closes a word, <c>\xE2</c> for the bytes of
    /// control characters and of characters that the token does not hold whole.</summary>
    public IReadOnlyList<string> Pieces(IEnumerable<int> ids)
    {
        ArgumentNullException.ThrowIfNull(ids);
        return [.. ids.Select(id =>
            Readable(_vocabulary.Bytes(Checked(id))) + (_vocabulary.ClosesWord(id) ? BpeVocabulary.WordEnd : ""))];
    }

    /// <summary>The text of ids: what was encoded, cleaned, with a space after each piece but the last ("it's" comes back as
    /// "it 's"). Start and end tokens are spelt out; bytes that are not UTF-8 become U+FFFD.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An id is not in the vocabulary.</exception>
    public string Decode(IEnumerable<int> ids)
    {
        ArgumentNullException.ThrowIfNull(ids);
        var bytes = new List<byte>();
        foreach (var id in ids)
        {
            bytes.AddRange(_vocabulary.Bytes(Checked(id)));
            if (_vocabulary.ClosesWord(id))
            {
                bytes.Add((byte)' ');
            }
        }

        return Encoding.UTF8.GetString([.. bytes]).TrimEnd(' ');
    }

    private int[] EncodePiece(ReadOnlySpan<char> piece)
    {
        if (_cached.TryGetValue(piece, out var ids))
        {
            return ids;
        }

        ids = _encoder.Encode(piece);
        if (piece.Length <= MaxCachedLength && Volatile.Read(ref _cacheCount) < MaxCached && _cache.TryAdd(piece.ToString(), ids))
        {
            Interlocked.Increment(ref _cacheCount);
        }

        return ids;
    }

    private int Checked(int id) => id >= 0 && id < VocabularySize ? id
        : throw new ArgumentOutOfRangeException(nameof(id), id, $"The vocabulary has the ids 0 to {VocabularySize - 1}.");

    private static string Readable(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder();
        while (!bytes.IsEmpty)
        {
            var isWhole = Rune.DecodeFromUtf8(bytes, out var rune, out var length) == System.Buffers.OperationStatus.Done;
            if (isWhole && !Rune.IsControl(rune))
            {
                text.Append(rune);
            }
            else
            {
                text.Append(@"\x").AppendJoin(@"\x", bytes[..length].ToArray().Select(value => value.ToString("X2", null)));
            }

            bytes = bytes[length..];
        }

        return text.ToString();
    }
}
