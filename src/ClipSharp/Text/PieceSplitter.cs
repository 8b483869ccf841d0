using System.Globalization;
using System.Text;

namespace ClipSharp.Text;

/// <summary>Cuts a cleaned text into the pieces that byte pairs are merged in: the special tokens, English contractions, runs of
/// letters, single digits, runs of anything else but white space. Equal to the pattern of openai/CLIP's
/// <c>simple_tokenizer.py</c>, which ignores case, and to Hugging Face's, which does not, on cleaned text, without a regular
/// expression; letters beyond the BMP count as letters.</summary>
internal ref struct PieceSplitter(ReadOnlySpan<char> text, TextCleaning cleaning)
{
    private readonly bool _ignoresCase = cleaning == TextCleaning.OpenAI;
    private readonly ReadOnlySpan<char> _text = text;
    private int _next;

    public ReadOnlySpan<char> Current { get; private set; }

    public readonly PieceSplitter GetEnumerator() => this;

    public bool MoveNext()
    {
        while (_next < _text.Length && IsPassedOver(_text[_next]))
        {
            _next++;
        }

        var rest = _text[_next..];
        if (rest.IsEmpty)
        {
            return false;
        }

        Current = rest[..PieceLength(rest)];
        _next += Current.Length;
        return true;
    }

    private readonly int PieceLength(ReadOnlySpan<char> rest)
    {
        // When case is ignored, ſ is the one other character whose case folds to a letter in it.
        var named = rest[0] switch
        {
            '<' when rest.StartsWith(BpeVocabulary.Start) || (_ignoresCase && rest.StartsWith("<|ſtartoftext|>")) => BpeVocabulary.Start.Length,
            '<' when rest.StartsWith(BpeVocabulary.End) => BpeVocabulary.End.Length,
            '\'' when rest is [_, 's' or 't' or 'm' or 'd', ..] || (_ignoresCase && rest is [_, 'ſ', ..]) => 2,
            '\'' when rest is [_, 'r' or 'v', 'e', ..] or [_, 'l', 'l', ..] => 3,
            _ => 0,
        };
        if (named > 0)
        {
            return named;
        }

        var kind = KindAt(rest, 0, out var length);
        if (kind != PieceKind.Number)
        {
            while (length < rest.Length && KindAt(rest, length, out var width) == kind)
            {
                length += width;
            }
        }

        return length;
    }

    // Ignoring case, the reference's class of "anything else" takes U+0345 for the letter ι and leaves it out, and its class
    // of letters does not take it either.
    private readonly bool IsPassedOver(char c) => char.IsWhiteSpace(c) || (c == '\u0345' && _ignoresCase);

    private readonly PieceKind KindAt(ReadOnlySpan<char> text, int at, out int width)
    {
        var c = text[at];
        width = 1;
        if (c < 0x80)
        {
            return char.IsAsciiLetter(c) ? PieceKind.Letter
                : char.IsAsciiDigit(c) ? PieceKind.Number
                : IsPassedOver(c) ? PieceKind.PassedOver : PieceKind.Other;
        }

        Rune.DecodeFromUtf16(text[at..], out var rune, out width);
        return Rune.GetUnicodeCategory(rune) switch
        {
            UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter
                or UnicodeCategory.ModifierLetter or UnicodeCategory.OtherLetter => PieceKind.Letter,
            UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber => PieceKind.Number,
            _ => IsPassedOver(c) ? PieceKind.PassedOver : PieceKind.Other,
        };
    }

    private enum PieceKind
    {
        Letter,
        Number,
        Other,
        PassedOver,
    }
}
