using System.Text;
using System.Text.Unicode;

namespace ClipSharp.Weights.PyTorch;

/// <summary>A pickle's bytes, taken one after the other, and the place at which it is refused: its last opcode's.</summary>
/// <param name="bytes">Begins with the pickle.</param>
/// <param name="where">The file, and the record in it, for messages.</param>
/// <param name="start">What byte of it the first one is, for messages.</param>
internal sealed class PickleInput(ReadOnlyMemory<byte> bytes, string where, long start)
{
    private const int MaxStringLength = 1 << 20;
    private const int MaxNameLength = 512;

    private int _opcode;

    /// <summary>Bytes taken so far.</summary>
    public int Position { get; private set; }

    /// <summary>Bytes that are left.</summary>
    public int Left => bytes.Length - Position;

    /// <summary>An opcode is next: what is refused from now on is refused here.</summary>
    public void BeginOpcode() => _opcode = Position;

    /// <summary>The next bytes.</summary>
    public ReadOnlySpan<byte> Take(int count)
    {
        if (count > Left)
        {
            throw Bad("The pickle is cut", $"{Left} bytes", $"{count} more");
        }

        Position += count;
        return bytes.Span.Slice(Position - count, count);
    }

    /// <summary>A string of so many bytes of UTF-8.</summary>
    public string Text(long length)
    {
        if (length > MaxStringLength)
        {
            throw Bad("A string is too long", $"{length} bytes", $"at most {MaxStringLength}");
        }

        var text = Take((int)length);
        return Utf8.IsValid(text)
            ? Encoding.UTF8.GetString(text)
            : throw Bad("A string is no UTF-8", "bytes that are none", "UTF-8");
    }

    /// <summary>A string up to the line's end, which is taken too.</summary>
    public string Line()
    {
        var rest = bytes.Span[Position..];
        var length = rest[..Math.Min(rest.Length, MaxNameLength + 1)].IndexOf((byte)'\n');
        if (length < 0)
        {
            throw Bad("A name is cut or too long", "no line end", $"one after at most {MaxNameLength} bytes");
        }

        var text = Text(length);
        Position++;
        return text;
    }

    /// <summary>The refusal of a pickle that wants to do something.</summary>
    public ClipException Refused(string found) =>
        new(ClipError.Data, "The pickle asks for what is not data, and nothing of it was run", Place,
        found, "tensors, numbers, strings, lists and dictionaries", "Ask its author for a safetensors file.");

    /// <summary>The refusal of a pickle that breaks a rule.</summary>
    public ClipException Bad(string what, string found, string expected) =>
        new(ClipError.Data, what, Place, found, expected, "Fetch or write the file again.");

    private string Place => $"{where}, byte {start + _opcode}";
}
