namespace ClipSharp.Images;

/// <summary>A look at 8-bit pixels [H, W, C] in somebody else's memory, or at a rectangle of them.</summary>
public readonly ref struct PixelView
{
    /// <param name="pixels">Rows from the top.</param>
    /// <param name="width">W ≥ 1.</param>
    /// <param name="height">H ≥ 1.</param>
    /// <param name="channels">C: 1, 3 or 4.</param>
    /// <param name="stride">Bytes from one row to the next; 0 = W · C.</param>
    public PixelView(ReadOnlySpan<byte> pixels, int width, int height, int channels, int stride = 0)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        if (channels is not (1 or 3 or 4))
        {
            throw new ArgumentOutOfRangeException(nameof(channels), channels, "1, 3 or 4 channels.");
        }

        stride = stride == 0 ? ArrayLength.Of("bytes of a row", width, channels) : stride;
        if (stride < (long)width * channels || pixels.Length < ((long)stride * (height - 1)) + ((long)width * channels))
        {
            throw new ArgumentException($"{pixels.Length} bytes do not hold [{height}, {width}, {channels}].", nameof(pixels));
        }

        Pixels = pixels;
        (Width, Height, Channels, Stride) = (width, height, channels, stride);
    }

    /// <summary>From the first pixel on.</summary>
    public ReadOnlySpan<byte> Pixels { get; }

    /// <summary>W.</summary>
    public int Width { get; }

    /// <summary>H.</summary>
    public int Height { get; }

    /// <summary>C.</summary>
    public int Channels { get; }

    /// <summary>Bytes from one row to the next.</summary>
    public int Stride { get; }

    /// <summary>Row y, W · C bytes.</summary>
    public ReadOnlySpan<byte> Row(int y) => Pixels.Slice(y * Stride, Width * Channels);

    /// <summary>A rectangle of it; nothing is copied.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It reaches beyond the picture.</exception>
    public PixelView Crop(PixelBox box)
    {
        if (!box.IsInside(Width, Height))
        {
            throw new ArgumentOutOfRangeException(nameof(box), box, $"It is not inside {Width} x {Height}.");
        }

        return new PixelView(Pixels[((box.Y * Stride) + (box.X * Channels))..], box.Width, box.Height, Channels, Stride);
    }
}
