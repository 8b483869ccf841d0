namespace ClipSharp.Data.Parquet;

/// <summary>Thrift's compact protocol, as much as heads of pages need (apache/thrift, thrift-compact-protocol.md).</summary>
/// <remarks>Beyond the bytes it throws <see cref="ArgumentOutOfRangeException"/> or <see cref="IndexOutOfRangeException"/>, of
/// wrong bytes <see cref="InvalidDataException"/>.</remarks>
internal ref struct CompactReader(ReadOnlySpan<byte> bytes)
{
    /// <summary>The type of a 32-bit number.</summary>
    public const int Int32 = 5;

    /// <summary>The type of a struct.</summary>
    public const int Struct = 12;

    private const int MostDepth = 16;

    private readonly ReadOnlySpan<byte> _bytes = bytes;

    /// <summary>Bytes read.</summary>
    public int Position { get; private set; }

    /// <summary>Goes to the next field of a struct.</summary>
    /// <param name="id">The number of the field before, 0 at first; becomes that of this one.</param>
    /// <param name="type">Its type.</param>
    /// <returns>False at the struct's end.</returns>
    public bool NextField(ref int id, out int type)
    {
        var head = _bytes[Position++];
        type = head & 15;
        if (head == 0)
        {
            return false;
        }

        id = head >> 4 == 0 ? Int() : id + (head >> 4);
        return true;
    }

    /// <summary>A signed number: zigzag, in groups of seven bits.</summary>
    public int Int()
    {
        var value = Unsigned();
        return (int)(value >> 1) ^ -(int)(value & 1);
    }

    /// <summary>Passes over a value.</summary>
    public void Skip(int type) => Skip(type, 0, isElement: false);

    private void Skip(int type, int depth, bool isElement)
    {
        if (depth > MostDepth)
        {
            throw new InvalidDataException("too deep");
        }

        switch (type)
        {
            case 1 or 2: Pass(isElement ? 1UL : 0); break; // a field's truth is its type
            case 3: Pass(1); break;
            case 4 or 5 or 6: Unsigned(); break;
            case 7: Pass(sizeof(double)); break;
            case 8: Pass(Unsigned()); break;
            case 9 or 10: SkipList(depth); break;
            case 11: SkipMap(depth); break;
            case Struct:
                for (var id = 0; NextField(ref id, out var inner);)
                {
                    Skip(inner, depth + 1, isElement: false);
                }

                break;
            default: throw new InvalidDataException("no such type");
        }
    }

    private void SkipList(int depth)
    {
        var head = _bytes[Position++];
        var count = head >> 4 == 15 ? Unsigned() : (ulong)(head >> 4);
        SkipElements(count, head & 15, depth);
    }

    private void SkipMap(int depth)
    {
        var count = Unsigned();
        var types = count == 0 ? 0 : _bytes[Position++];
        RequireRoom(count);
        for (; count > 0; count--)
        {
            Skip(types >> 4, depth + 1, isElement: true);
            Skip(types & 15, depth + 1, isElement: true);
        }
    }

    private void SkipElements(ulong count, int type, int depth)
    {
        RequireRoom(count);
        for (; count > 0; count--)
        {
            Skip(type, depth + 1, isElement: true);
        }
    }

    // Every element has a byte at least.
    private readonly void RequireRoom(ulong count)
    {
        if (count > (ulong)(_bytes.Length - Position))
        {
            throw new InvalidDataException("more elements than bytes");
        }
    }

    private void Pass(ulong count)
    {
        RequireRoom(count);
        Position += (int)count;
    }

    private ulong Unsigned()
    {
        var value = 0UL;
        for (var shift = 0; shift < 70; shift += 7)
        {
            var part = _bytes[Position++];
            value |= (ulong)(part & 127) << shift;
            if (part < 128)
            {
                return value;
            }
        }

        throw new InvalidDataException("a number of more than 64 bits");
    }
}
