using ClipSharp.Text.Subwords.Formats;

namespace ClipSharp.Text;

/// <summary>Texts to token ids and back, whatever the model's vocabulary is: CLIP's byte pairs (<see cref="BpeTokenizer"/>),
/// SentencePiece's unigram or byte pairs (SigLIP, Gemma, XLM-R, mT5), or BERT's WordPiece. Any number of threads may use
/// one.</summary>
public abstract class TextTokenizer
{
    private protected TextTokenizer(int vocabularySize, int? startToken, int endToken, int padToken, TextCleaning cleaning,
        string fingerprint)
    {
        (VocabularySize, StartToken, EndToken, PadToken) = (vocabularySize, startToken, endToken, padToken);
        (Cleaning, Fingerprint) = (cleaning, fingerprint);
    }

    /// <summary>The number of ids, n.</summary>
    public int VocabularySize { get; }

    /// <summary>The id before each text; null where there is none (SigLIP).</summary>
    public int? StartToken { get; }

    /// <summary>The id after each text.</summary>
    public int EndToken { get; }

    /// <summary>The id that fills a row after the end token; it may be the end token itself (SigLIP).</summary>
    public int PadToken { get; }

    /// <summary>How texts are cleaned.</summary>
    public TextCleaning Cleaning { get; }

    /// <summary>SHA-256, in lower-case hex, of all that decides about ids: vocabulary, special tokens, cleaning.</summary>
    public string Fingerprint { get; }

    /// <summary>Loads a vocabulary, of the kind that its files tell.</summary>
    /// <param name="path">A file or a folder that holds it. CLIP's: see <see cref="BpeTokenizer.Load"/>. Others, in this order in
    /// a folder: <c>tokenizer.json</c> of unigram, Gemma's byte pairs or WordPiece; <c>sentencepiece.bpe.model</c>,
    /// <c>spiece.model</c> or <c>tokenizer.model</c>; <c>vocab.txt</c>. A <c>tokenizer_config.json</c> beside it names
    /// padding.</param>
    /// <param name="cleaning">The steps of whoever published the model; null = <see cref="TextCleaning.OpenAI"/> for CLIP's
    /// vocabulary, <see cref="TextCleaning.Whitespace"/> for others, as open_clip does unless its configuration says
    /// otherwise.</param>
    /// <param name="stripsSeparator">Whether end tokens become 0 in rows, after padding: <c>strip_sep_token</c> of open_clip's
    /// configuration (CLIPA). Not for CLIP's vocabulary.</param>
    /// <exception cref="ClipException">It is missing, damaged, or of a kind that is not known here.</exception>
    public static TextTokenizer Load(string path, TextCleaning? cleaning = null, bool stripsSeparator = false)
    {
        ArgumentNullException.ThrowIfNull(path);
        return SubwordFiles.Find(path) is { } file
            && SubwordFiles.Load(file, cleaning ?? TextCleaning.Whitespace, stripsSeparator) is { } subwords ? subwords
                : BpeTokenizer.Load(path, cleaning ?? TextCleaning.OpenAI);
    }

    /// <summary>Whether a folder holds a vocabulary in one of the files that <see cref="Load"/> names, sound or not; a list of
    /// merges, which may have any name, does not count.</summary>
    public static bool IsIn(string folder) => VocabularyFiles.HasPair(folder) || SubwordFiles.Find(folder) is not null;

    /// <summary>Writes the vocabulary's files into a folder, as <see cref="Load"/> reads them.</summary>
    /// <exception cref="ClipException">They cannot be written.</exception>
    public abstract void Save(string folder);

    /// <summary>The ids of a text, cleaned first, without start and end.</summary>
    public int[] Encode(string text) => EncodeCleaned(TextCleaner.Clean(text, Cleaning));

    /// <summary>The ids of a text that <see cref="TextCleaner.Clean"/> has cleaned, without start and end.</summary>
    public abstract int[] EncodeCleaned(string text);

    /// <summary>Texts ready for a model; what is too long is cut, the end token stays (<c>clip.tokenize</c> with
    /// <c>truncate=True</c>).</summary>
    /// <param name="texts">B texts, cleaned here.</param>
    /// <param name="contextLength">T, 2 or more: 77 for the published CLIP models, 64 for SigLIP.</param>
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
    /// <param name="row">[T], T 2 or more: receives start where there is one, ids, end, then padding.</param>
    /// <param name="endPosition">The index of the first end token.</param>
    public void Tokenize(string text, Span<int> row, out int endPosition)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(row.Length, 2, nameof(row));
        var length = 0;
        if (StartToken is { } start)
        {
            row[length++] = start;
        }

        length += EncodeCleaned(TextCleaner.Clean(text, Cleaning), row[length..^1]);
        row[length] = EndToken;
        Close(row, length + 1, out endPosition);
    }

    /// <summary>One row of ids that are known already: start and end are put where they are missing, then padding.</summary>
    /// <param name="ids">One or more, with or without start and end.</param>
    /// <param name="row">[T]: long enough for all of them, start and end; receives them.</param>
    /// <param name="endPosition">The index of the first end token.</param>
    /// <exception cref="ArgumentException">They do not fit.</exception>
    public void Frame(ReadOnlySpan<int> ids, Span<int> row, out int endPosition)
    {
        var length = Missing(ids) + ids.Length;
        if (ids.IsEmpty || length > row.Length)
        {
            throw new ArgumentException($"{ids.Length} ids do not fit into a row of {row.Length}.", nameof(ids));
        }

        var at = StartToken is { } start && ids[0] != start ? 1 : 0;
        row[0] = StartToken ?? 0;
        ids.CopyTo(row[at..]);
        row[length - 1] = EndToken;
        Close(row, length, out endPosition);
    }

    /// <summary>How many of start and end a row has beside some ids.</summary>
    /// <param name="ids">One or more, with or without start and end.</param>
    public int Missing(ReadOnlySpan<int> ids) =>
        (StartToken is { } start && (ids.IsEmpty || ids[0] != start) ? 1 : 0) + (ids.IsEmpty || ids[^1] != EndToken ? 1 : 0);

    /// <summary>Each id for the eye: its characters, with the marks that the vocabulary has for words.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An id is not in the vocabulary.</exception>
    public abstract IReadOnlyList<string> Pieces(IEnumerable<int> ids);

    /// <summary>The text of ids: what was encoded, cleaned. Start and end tokens are spelt out; bytes that are not UTF-8 become
    /// U+FFFD.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An id is not in the vocabulary.</exception>
    public abstract string Decode(IEnumerable<int> ids);

    /// <summary>Writes the ids of a cleaned text, as many as fit.</summary>
    /// <returns>How many.</returns>
    internal abstract int EncodeCleaned(string text, Span<int> ids);

    /// <summary>What is done to a whole row at last.</summary>
    /// <param name="row">[T], padded.</param>
    internal virtual void Finish(Span<int> row)
    {
    }

    private void Close(Span<int> row, int length, out int endPosition)
    {
        row[length..].Fill(PadToken);
        endPosition = row.IndexOf(EndToken); // the text itself may spell one
        Finish(row);
    }

    private protected int Checked(int id) => id >= 0 && id < VocabularySize ? id
        : throw new ArgumentOutOfRangeException(nameof(id), id, $"The vocabulary has the ids 0 to {VocabularySize - 1}.");
}
