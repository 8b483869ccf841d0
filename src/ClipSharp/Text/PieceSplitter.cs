using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace ClipSharp.Text;

/// <summary>Cuts a cleaned text into the pieces that byte pairs are merged in: the special tokens, English contractions, runs of
/// letters, single digits, runs of anything else but white space. Equal to the pattern of openai/CLIP's
/// <c>simple_tokenizer.py</c>, which ignores case, and to Hugging Face's, which does not, on cleaned text, without a regular
/// expression; letters beyond the BMP count as letters.</summary>
internal ref struct PieceSplitter(ReadOnlySpan<char> text, TextCleaning cleaning)
{
    private readonly bool _ignoresCase = cleaning != TextCleaning.HuggingFace;
    private readonly ReadOnlySpan<char> _text = text;
    private int _next;

    public ReadOnlySpan<char> Current { get; private set; }

    public readonly PieceSplitter GetEnumerator() => this;

    public bool MoveNext()
    {
        while (_next < _text.Length && IsPassedOver(_text[_next], _ignoresCase))
        {
            _next++;
        }

        var rest = _text[_next..];
        if (rest.IsEmpty)
        {
            return false;
        }

        Current = rest[..PieceLength(rest, _ignoresCase)];
        _next += Current.Length;
        return true;
    }

    private static int PieceLength(ReadOnlySpan<char> rest, bool ignoresCase)
    {
        // When case is ignored, ſ is the one other character whose case folds to a letter in it.
        var named = rest[0] switch
        {
            '<' when rest.StartsWith(BpeVocabulary.Start) || (ignoresCase && rest.StartsWith("<|ſtartoftext|>")) =>
                BpeVocabulary.Start.Length,
            '<' when rest.StartsWith(BpeVocabulary.End) => BpeVocabulary.End.Length,
            '\'' when rest is [_, 's' or 't' or 'm' or 'd', ..] || (ignoresCase && rest is [_, 'ſ', ..]) => 2,
            '\'' when rest is [_, 'r' or 'v', 'e', ..] or [_, 'l', 'l', ..] => 3,
            _ => 0,
        };
        if (named > 0)
        {
            return named;
        }

        var kind = KindAt(rest, 0, ignoresCase, out var length);
        if (kind != PieceKind.Number)
        {
            while (length < rest.Length && KindAt(rest, length, ignoresCase, out var width) == kind)
            {
                length += width;
            }
        }

        return length;
    }

    // Ignoring case, the reference's class of "anything else" takes U+0345 for the letter ι and leaves it out, and its class
    // of letters does not take it either.
    private static bool IsPassedOver(char c, bool ignoresCase) => char.IsWhiteSpace(c) || (c == '\u0345' && ignoresCase);

    [MethodImpl(MethodImplOptions.AggressiveInlining)] // asked for every character
    private static PieceKind KindAt(ReadOnlySpan<char> text, int at, bool ignoresCase, out int width)
    {
        var c = text[at];
        width = 1;
        return char.IsAsciiLetter(c) ? PieceKind.Letter
            : c >= 0x80 ? KindBeyondAscii(text[at..], ignoresCase, out width)
            : char.IsAsciiDigit(c) ? PieceKind.Number
            : char.IsWhiteSpace(c) ? PieceKind.PassedOver : PieceKind.Other;
    }

    private static PieceKind KindBeyondAscii(ReadOnlySpan<char> text, bool ignoresCase, out int width)
    {
        Rune.DecodeFromUtf16(text, out var rune, out width);
        return Rune.GetUnicodeCategory(rune) switch
        {
            UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter
                or UnicodeCategory.ModifierLetter or UnicodeCategory.OtherLetter => PieceKind.Letter,
            UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber => PieceKind.Number,
            _ => IsPassedOver(text[0], ignoresCase) ? PieceKind.PassedOver : PieceKind.Other,
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
