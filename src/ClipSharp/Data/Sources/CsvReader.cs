using System.Text;

namespace ClipSharp.Data.Sources;

/// <summary>Rows of a CSV: RFC 4180 quoting with any separator; blank lines are passed over.</summary>
internal sealed class CsvReader(TextReader text, char separator)
{
    /// <summary>Characters of one field.</summary>
    public const int MaxFieldLength = 1 << 20;

    private readonly StringBuilder _field = new();
    private long _nextLine = 1;

    /// <summary>The line on which the last row begins, from 1.</summary>
    public long Line { get; private set; }

    /// <summary>What is wrong with the last row, or null.</summary>
    public string? Fault { get; private set; }

    /// <summary>The next row; false at the end.</summary>
    public bool TryRead(out string[] row)
    {
        var fields = new List<string>();
        do
        {
            if (text.Peek() < 0)
            {
                row = [];
                return false;
            }

            Fault = null;
            Line = _nextLine;
            fields.Clear();
            while (ReadField(fields))
            {
            }
        }
        while (fields is [""]);

        row = [.. fields];
        return true;
    }

    // True where another field follows in the row.
    private bool ReadField(List<string> fields)
    {
        _field.Clear();
        var isQuoted = text.Peek() == '"';
        if (isQuoted)
        {
            text.Read();
        }

        var hasMore = false;
        while (true)
        {
            var c = text.Read();
            if (c < 0)
            {
                Fault ??= isQuoted ? "a quote that is never closed" : null;
                break;
            }

            _nextLine += c == '\n' ? 1 : 0;
            if (isQuoted && c == '"')
            {
                isQuoted = text.Peek() == '"';
                if (!isQuoted)
                {
                    continue;
                }

                text.Read();
            }
            else if (!isQuoted && c == separator)
            {
                hasMore = true;
                break;
            }
            else if (!isQuoted && (c == '\n' || (c == '\r' && text.Peek() is '\n' or < 0)))
            {
                if (c == '\r' && text.Read() == '\n')
                {
                    _nextLine++;
                }

                break;
            }

            if (_field.Length < MaxFieldLength)
            {
                _field.Append((char)c);
            }
            else
            {
                Fault ??= "a field over the limit, or a quote that is never closed";
            }
        }

        fields.Add(_field.ToString());
        return hasMore;
    }
}
