using System.Buffers.Binary;
using System.Globalization;

namespace ClipSharp.Files.ProtocolBuffers;

/// <summary>Steps through the fields of one message of protocol buffers. Nothing is allocated: what a field holds is a part of
/// the given bytes.</summary>
/// <param name="message">The message.</param>
/// <param name="path">For messages.</param>
/// <param name="kind">What the file is taken for, such as "SentencePiece model".</param>
internal ref struct ProtoReader(ReadOnlySpan<byte> message, string path, string kind)
{
    private readonly int _length = message.Length;
    private ReadOnlySpan<byte> _rest = message;

    /// <summary>The field's number.</summary>
    public int Field { get; private set; }

    /// <summary>The value of a varint or a fixed field; 0 for one of bytes.</summary>
    public ulong Number { get; private set; }

    /// <summary>The bytes of a text or a message; empty for a number.</summary>
    public ReadOnlySpan<byte> Bytes { get; private set; }

    /// <summary>Goes to the next field.</summary>
    /// <exception cref="ClipException">The message ends inside it, or is none.</exception>
    public bool Next()
    {
        if (_rest.IsEmpty)
        {
            return false;
        }

        var tag = Varint();
        Field = (int)Math.Min(tag >> 3, int.MaxValue);
        Number = 0;
        Bytes = default;
        switch (tag & 7)
        {
            case 0:
                Number = Varint();
                break;
            case 1:
                Number = BinaryPrimitives.ReadUInt64LittleEndian(Take(8));
                break;
            case 2:
                Bytes = Take(Varint());
                break;
            case 5:
                Number = BinaryPrimitives.ReadUInt32LittleEndian(Take(4));
                break;
            default:
                throw Fault($"a field of the type {tag & 7}");
        }

        return true;
    }

    /// <summary>Goes to the next of numbers that stand packed, without fields.</summary>
    /// <exception cref="ClipException">The message ends inside it.</exception>
    public bool NextPacked()
    {
        var isThere = !_rest.IsEmpty;
        Number = isThere ? Varint() : 0;
        return isThere;
    }

    private ulong Varint()
    {
        var value = 0ul;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var next = Take(1)[0];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }

        throw Fault("a number of more than ten bytes");
    }

    private ReadOnlySpan<byte> Take(ulong length)
    {
        if (length > (ulong)_rest.Length)
        {
            throw Fault("its end inside a field");
        }

        var taken = _rest[..(int)length];
        _rest = _rest[(int)length..];
        return taken;
    }

    private readonly ClipException Fault(string found) => new(ClipError.Data, $"Not a sound {kind}", path,
        string.Create(CultureInfo.InvariantCulture, $"{found} after {_length - _rest.Length} of {_length} bytes"),
        "whole fields of protocol buffers", "Fetch the file again; it must be the one the model came with.");
}
