using System.Text;

namespace ClipSharp.Data.Sources.Tables;

/// <summary>Rows of a CSV: RFC 4180 quoting with any separator; blank lines are passed over. Where a quote that begins a field is
/// closed on a later line by one that ends no field, or never, it was no quoting: the row is read again with its quotes as text,
/// so that no line after it is swallowed.</summary>
/// <param name="text">The table, behind its byte order mark.</param>
/// <param name="separator">Between the fields.</param>
/// <param name="isQuoted">Whether fields may stand in quotes.</param>
internal sealed class CsvReader(TextReader text, char separator, bool isQuoted = true)
{
    /// <summary>Characters of one field, and of a line.</summary>
    public const int MaxFieldLength = 1 << 20;

    private const string TooLong = "a line over the limit of 1,048,576 characters";

    private readonly StringBuilder _line = new();
    private readonly StringBuilder _field = new();
    private readonly Queue<Line> _ahead = new(); // what a quote reached for in vain
    private long _nextLine = 1;

    /// <summary>The line on which the last row begins, from 1.</summary>
    public long LineNumber { get; private set; }

    /// <summary>What is wrong with the last row, or null.</summary>
    public string? Fault { get; private set; }

    /// <summary>Whether the last row begins a field with a quote that was read as text.</summary>
    public bool HasStrayQuote { get; private set; }

    /// <summary>The next row; false at the end.</summary>
    public bool TryRead(out string[] row)
    {
        row = [];
        Line line;
        do
        {
            LineNumber = _nextLine;
            if (!TryReadLine(out line))
            {
                return false;
            }
        }
        while (line.Text.AsSpan().TrimEnd("\r\n").IsEmpty);

        var lines = new List<Line> { line };
        var fields = new List<string>();
        HasStrayQuote = !TrySplit(lines, fields, isQuoted);
        if (HasStrayQuote)
        {
            GiveBack(lines);
            fields.Clear();
            TrySplit(lines, fields, withQuotes: false);
        }

        Fault = lines.Exists(read => read.IsCut) ? TooLong : null;
        row = [.. fields];
        return true;
    }

    // All lines but the first.
    private void GiveBack(List<Line> lines)
    {
        var later = _ahead.ToArray();
        _ahead.Clear();
        foreach (var line in lines.Skip(1).Concat(later))
        {
            _ahead.Enqueue(line);
        }

        _nextLine -= lines.Count - 1;
        lines.RemoveRange(1, lines.Count - 1);
    }

    // Takes more lines where a quoted field goes on. False where a quote is not closed as one.
    private bool TrySplit(List<Line> lines, List<string> fields, bool withQuotes)
    {
        var (line, at) = (lines[0].Text, 0);
        while (true)
        {
            _field.Clear();
            if (withQuotes && at < line.Length && line[at] == '"' && !TryReadQuoted(lines, ref line, ref at))
            {
                return false;
            }

            var end = line.AsSpan(at).IndexOf(separator);
            var rest = end < 0 ? line.AsSpan(at).TrimEnd("\r\n") : line.AsSpan(at, end);
            fields.Add(_field.Append(rest).ToString());
            if (end < 0)
            {
                return true;
            }

            at += end + 1;
        }
    }

    // A field from its quote on. What follows the closing quote on the line of the opening one is text, as Python has it.
    private bool TryReadQuoted(List<Line> lines, ref string line, ref int at)
    {
        var (first, length) = (lines.Count, 0L);
        at++;
        while (true)
        {
            var quote = line.AsSpan(at).IndexOf('"');
            if (quote < 0)
            {
                _field.Append(line, at, line.Length - at);
                length += line.Length - at;
                if (length > MaxFieldLength || !TryReadLine(out var next))
                {
                    return false;
                }

                lines.Add(next);
                (line, at) = (next.Text, 0);
                continue;
            }

            _field.Append(line, at, quote);
            at += quote + 1;
            if (at < line.Length && line[at] == '"')
            {
                _field.Append('"');
                at++;
                continue;
            }

            var endsField = at == line.Length || line[at] == separator || line[at] is '\r' or '\n';
            return endsField || lines.Count == first;
        }
    }

    private bool TryReadLine(out Line line)
    {
        if (!_ahead.TryDequeue(out line))
        {
            line = ReadLine();
        }

        _nextLine += line.Text.Length > 0 ? 1 : 0;
        return line.Text.Length > 0;
    }

    // Empty at the end of the text.
    private Line ReadLine()
    {
        _line.Clear();
        var (c, isCut) = (text.Read(), false);
        for (; c >= 0 && c != '\n'; c = text.Read())
        {
            if (_line.Length < MaxFieldLength)
            {
                _line.Append((char)c);
            }
            else
            {
                isCut = true;
            }
        }

        return new Line((c < 0 ? _line : _line.Append('\n')).ToString(), isCut);
    }

    // A line with its end; what is over the limit is cut off.
    private readonly record struct Line(string Text, bool IsCut);
}
