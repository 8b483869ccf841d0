using System.Text;

namespace ClipSharp.Evaluation.Sets.Prompts;

/// <summary>Assignments of lists of string literals, as Python writes them: <c>name = ['a', "b", ['c', 'd'],]</c>. Anything else
/// is refused by its line.</summary>
/// <param name="lines">The text.</param>
/// <param name="path">For messages.</param>
/// <param name="firstLine">The number of the first line in its file, from 1.</param>
internal sealed class PythonLists(IReadOnlyList<string> lines, string path, int firstLine)
{
    private readonly string _text = string.Join('\n', lines);
    private int _at;

    /// <summary>All of them by name; an item that is a text alone is a list of one.</summary>
    /// <exception cref="ClipException">There is something else.</exception>
    public Dictionary<string, List<IReadOnlyList<string>>> Read()
    {
        var found = new Dictionary<string, List<IReadOnlyList<string>>>(StringComparer.Ordinal);
        while (Next() is { } c)
        {
            var name = Name(c);
            Expect('=');
            Expect('[');
            if (!found.TryAdd(name, Items<IReadOnlyList<string>>(() => Next() == '[' ? Texts() : [Literal()])))
            {
                throw Bad($"a second {name}");
            }
        }

        return found;
    }

    private List<string> Texts()
    {
        _at++;
        var texts = Items(Literal);
        return texts.Count > 0 ? texts : throw Bad("an empty list");
    }

    // Behind the opening bracket, past the closing one; a comma may end the list.
    private List<T> Items<T>(Func<T> item)
    {
        var items = new List<T>();
        while (Next() != ']')
        {
            items.Add(item());
            if (Next() == ',')
            {
                _at++;
            }
            else if (Next() != ']')
            {
                throw Bad(Found());
            }
        }

        _at++;
        return items;
    }

    private string Literal()
    {
        if (Next() is not ('\'' or '"'))
        {
            throw Bad(Found());
        }

        var quote = _text[_at++];
        var text = new StringBuilder();
        while (_at < _text.Length && _text[_at] is var c && c != quote)
        {
            if (c == '\n')
            {
                throw Bad("a text without its closing quote");
            }

            text.Append(c == '\\' ? Escaped() : c);
            _at++;
        }

        return _at++ < _text.Length ? text.ToString() : throw Bad("a text without its closing quote");
    }

    private char Escaped() => ++_at < _text.Length && _text[_at] is '\\' or '\'' or '"'
        ? _text[_at]
        : throw Bad("an escape other than of a quote or a back-slash");

    private string Name(char first)
    {
        var start = _at;
        while (_at < _text.Length && (char.IsAsciiLetterOrDigit(_text[_at]) || _text[_at] == '_'))
        {
            _at++;
        }

        return _at > start && !char.IsAsciiDigit(first) ? _text[start.._at] : throw Bad(Found());
    }

    private void Expect(char c)
    {
        if (Next() != c)
        {
            throw Bad(Found());
        }

        _at++;
    }

    // The next character that is no white space and no comment; null at the end.
    private char? Next()
    {
        while (_at < _text.Length && (char.IsWhiteSpace(_text[_at]) || _text[_at] == '#'))
        {
            var end = _text[_at] == '#' ? _text.IndexOf('\n', _at) : _at;
            _at = end < 0 ? _text.Length : end + 1;
        }

        return _at < _text.Length ? _text[_at] : null;
    }

    private string Found() => _at < _text.Length ? $"'{_text[_at]}'" : "the end of the fence";

    private ClipException Bad(string found) => new(ClipError.Data, "Not a list of texts", string.Create(null,
        $"{path}, line {firstLine + _text.AsSpan(0, Math.Min(_at, _text.Length)).Count('\n')}"), found,
        "Python's lists of texts in quotes", "Take data/prompts.md from OpenAI's CLIP repository as it is.");
}
