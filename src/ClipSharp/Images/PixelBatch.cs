namespace ClipSharp.Images;

/// <summary>Pictures ready for a model: uint8 [B, 3, H, W], channel planes R, G, B. The engine normalises. A batch may be larger
/// than 2 GiB: 32,768 pictures of 224 pixels a side are 4.6.</summary>
public sealed class PixelBatch
{
    private readonly int _pictureLength;
    private LargeArray<byte>? _bytes; // null once it was taken away

    /// <param name="values">B · 3 · H · W bytes, taken over, not copied.</param>
    /// <param name="size">H × W, pixels.</param>
    public PixelBatch(byte[] values, Extent size)
    {
        ArgumentNullException.ThrowIfNull(values);
        if (size.Shorter < 1 || values.Length % (3 * size.Area) != 0)
        {
            throw new ArgumentException($"{values.Length} bytes are no pictures of [3, {size.Height}, {size.Width}].", nameof(values));
        }

        (_bytes, Size) = (new LargeArray<byte>(values), size);
        _pictureLength = ArrayLength.Of("bytes of a picture", 3, size.Height, size.Width);
        Count = values.Length / _pictureLength;
    }

    /// <summary>Room for pictures, undefined until they are written.</summary>
    /// <param name="count">B.</param>
    /// <param name="size">H × W, pixels.</param>
    /// <exception cref="ClipException">They are more than 16 GiB.</exception>
    public PixelBatch(int count, Extent size)
        : this(count, size, length => new LargeArray<byte>(length))
    {
    }

    /// <summary>Pictures in memory that somebody lends.</summary>
    /// <param name="count">B.</param>
    /// <param name="size">H × W, pixels.</param>
    /// <param name="memory">Gives so many bytes.</param>
    internal PixelBatch(int count, Extent size, Func<long, LargeArray<byte>> memory)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfLessThan(size.Shorter, 1, nameof(size));
        (Count, Size) = (count, size);
        _pictureLength = ArrayLength.Of("bytes of a picture", 3, size.Height, size.Width);
        _bytes = memory((long)count * _pictureLength);
    }

    /// <summary>All bytes, picture after picture.</summary>
    /// <exception cref="ClipException">They are more than one array holds: take them by <see cref="Picture"/>.</exception>
    /// <exception cref="ObjectDisposedException">The batch was returned to its loader.</exception>
    public byte[] Values => Bytes.Values;

    /// <summary>H × W, pixels.</summary>
    public Extent Size { get; }

    /// <summary>B.</summary>
    public int Count { get; }

    /// <summary>Picture i, [3, H, W].</summary>
    /// <exception cref="ObjectDisposedException">The batch was returned to its loader.</exception>
    public Span<byte> Picture(int index) => Bytes.Slice((long)index * _pictureLength, _pictureLength);

    /// <summary>All bytes in place, for an engine.</summary>
    internal LargeArray<byte> Bytes => _bytes
        ?? throw new ObjectDisposedException(nameof(PixelBatch), "The batch was returned to its loader.");

    /// <summary>Takes the memory for other pictures; whoever reads these from now on is refused.</summary>
    internal LargeArray<byte> TakeMemory()
    {
        var memory = Bytes;
        _bytes = null;
        return memory;
    }

    /// <summary>Some pictures, copied, in the order given.</summary>
    internal PixelBatch Pictures(IReadOnlyList<int> indices)
    {
        var pictures = new PixelBatch(indices.Count, Size);
        for (var i = 0; i < indices.Count; i++)
        {
            Picture(indices[i]).CopyTo(pictures.Picture(i));
        }

        return pictures;
    }

    /// <summary>Several batches of one size as one.</summary>
    internal static PixelBatch Joined(IReadOnlyList<PixelBatch> batches)
    {
        if (batches is [var only])
        {
            return only;
        }

        var joined = new PixelBatch(batches.Sum(batch => batch.Count), batches[0].Size);
        var row = 0;
        foreach (var batch in batches)
        {
            for (var i = 0; i < batch.Count; i++)
            {
                batch.Picture(i).CopyTo(joined.Picture(row++));
            }
        }

        return joined;
    }
}
