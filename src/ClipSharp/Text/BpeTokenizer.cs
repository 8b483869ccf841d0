using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;

namespace ClipSharp.Text;

/// <summary>Texts to token ids and back: CLIP's byte-level byte-pair encoding (paper 2.4; openai/CLIP's
/// <c>simple_tokenizer.py</c>). Any number of threads may use one.</summary>
public sealed class BpeTokenizer : TextTokenizer
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
        : base(vocabulary.Tokens.Length, vocabulary.StartToken, vocabulary.EndToken, padToken: 0, cleaning,
            FingerprintOf(vocabulary, cleaning))
    {
        _vocabulary = vocabulary;
        _encoder = new BytePairEncoder(vocabulary);
        _cached = _cache.GetAlternateLookup<ReadOnlySpan<char>>();
        _cache[BpeVocabulary.Start] = [vocabulary.StartToken]; // a text may spell them, as in the reference
        _cache[BpeVocabulary.End] = [vocabulary.EndToken];
    }

    /// <summary>The id before each text; n − 2 unless vocab.json says otherwise.</summary>
    public new int StartToken => _vocabulary.StartToken;

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
    public override void Save(string folder) => VocabularyFiles.Save(_vocabulary, folder);

    /// <inheritdoc/>
    public override int[] EncodeCleaned(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var ids = new List<int>(text.Length / 4);
        foreach (var piece in new PieceSplitter(text, Cleaning))
        {
            ids.AddRange(EncodePiece(piece));
        }

        return [.. ids];
    }

    /// <summary>Each id for the eye: its characters, <c>&lt;/w&gt;</c> where it closes a word, <c>\xE2</c> for the bytes of
    /// control characters and of characters that the token does not hold whole.</summary>
    public override IReadOnlyList<string> Pieces(IEnumerable<int> ids)
    {
        ArgumentNullException.ThrowIfNull(ids);
        return [.. ids.Select(id =>
            Readable(_vocabulary.Bytes(Checked(id))) + (_vocabulary.ClosesWord(id) ? BpeVocabulary.WordEnd : ""))];
    }

    /// <summary>The text of ids: what was encoded, cleaned, with a space after each piece but the last ("it's" comes back as
    /// "it 's"). Start and end tokens are spelt out; bytes that are not UTF-8 become U+FFFD.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An id is not in the vocabulary.</exception>
    public override string Decode(IEnumerable<int> ids)
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

    /// <inheritdoc/>
    internal override int EncodeCleaned(string text, Span<int> ids)
    {
        var length = 0;
        foreach (var piece in new PieceSplitter(text, Cleaning))
        {
            ReadOnlySpan<int> own = EncodePiece(piece);
            var fitting = Math.Min(own.Length, ids.Length - length);
            own[..fitting].CopyTo(ids[length..]);
            length += fitting;
            if (fitting < own.Length)
            {
                break; // the rest would be cut
            }
        }

        return length;
    }

    private static string FingerprintOf(BpeVocabulary vocabulary, TextCleaning cleaning)
    {
        var layout = string.Join('\n', vocabulary.Tokens) + "\n\n" + VocabularyFiles.MergesText(vocabulary)
            + (cleaning == TextCleaning.OpenAI ? "" : $"\n{cleaning}"); // checkpoints know it without a kind
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(layout)));
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
