using System.Globalization;
using System.Text;

namespace ClipSharp.Weights;

/// <summary>The literal in an npy header: a dictionary of exactly <c>descr</c> (a string), <c>fortran_order</c> (True or False)
/// and
/// <c>shape</c> (a tuple of integers).</summary>
/// <param name="text">The header.</param>
/// <param name="start">Where it begins in the file, for messages.</param>
/// <param name="path">For messages.</param>
internal ref struct NpyHeaderParser(ReadOnlySpan<byte> text, int start, string path)
{
    private const int MaxRank = 64;

    private readonly ReadOnlySpan<byte> _text = text;
    private int _at;

    public (string Descr, bool Fortran, long[] Shape) Parse()
    {
        string? descr = null;
        bool? fortran = null;
        long[]? shape = null;
        Expect('{');
        while (!TryTake('}'))
        {
            switch (String())
            {
                case "descr" when descr is null:
                    Expect(':');
                    descr = String();
                    break;
                case "fortran_order" when fortran is null:
                    Expect(':');
                    fortran = Boolean();
                    break;
                case "shape" when shape is null:
                    Expect(':');
                    shape = Tuple();
                    break;
                case var other:
                    throw Bad(other, "descr, fortran_order and shape, each once");
            }

            if (!TryTake(','))
            {
                Expect('}');
                break;
            }
        }

        SkipSpace();
        return descr is not null && fortran is not null && shape is not null && _at == _text.Length
            ? (descr, fortran.Value, shape)
            : throw Bad("a member missing or text behind", "descr, fortran_order and shape, then spaces");
    }

    private long[] Tuple()
    {
        var sides = new List<long>();
        Expect('(');
        while (!TryTake(')'))
        {
            SkipSpace();
            var digits = _text[_at..].IndexOfAnyExceptInRange((byte)'0', (byte)'9');
            if (sides.Count == MaxRank || digits <= 0
                || !long.TryParse(_text.Slice(_at, digits), NumberStyles.None, CultureInfo.InvariantCulture, out var side))
            {
                throw Bad("something else", $"at most {MaxRank} integers from 0");
            }

            sides.Add(side);
            _at += digits;
            if (TryTake(','))
            {
                continue;
            }

            // (3) is a number in Python; a tuple of one ends in a comma.
            if (sides.Count == 1)
            {
                throw Bad("no comma", "a tuple");
            }

            Expect(')');
            break;
        }

        return [.. sides];
    }

    private bool Boolean()
    {
        SkipSpace();
        foreach (var value in new[] { true, false })
        {
            var word = Encoding.ASCII.GetBytes(value ? "True" : "False");
            if (_text[_at..].StartsWith(word))
            {
                _at += word.Length;
                return value;
            }
        }

        throw Bad("something else", "True or False");
    }

    private string String()
    {
        SkipSpace();
        var quote = _at < _text.Length ? _text[_at] : (byte)0;
        var length = quote is (byte)'\'' or (byte)'"' ? _text[(_at + 1)..].IndexOf(quote) : -1;
        if (length < 0 || _text.Slice(_at + 1, length).Contains((byte)'\\'))
        {
            throw Bad("something else", "a string in quotes, without backslashes");
        }

        var value = Encoding.Latin1.GetString(_text.Slice(_at + 1, length));
        _at += length + 2;
        return value;
    }

    private void Expect(char sign)
    {
        if (!TryTake(sign))
        {
            throw Bad(_at < _text.Length ? $"byte {_text[_at]:x2}" : "its end", $"{sign}");
        }
    }

    private bool TryTake(char sign)
    {
        SkipSpace();
        var there = _at < _text.Length && _text[_at] == sign;
        _at += there ? 1 : 0;
        return there;
    }

    private void SkipSpace()
    {
        while (_at < _text.Length && _text[_at] is (byte)' ' or (byte)'\n')
        {
            _at++;
        }
    }

    private readonly ClipException Bad(string found, string expected) =>
        Npy.Damaged(path, start + _at, "the header does not parse", found, expected);
}
