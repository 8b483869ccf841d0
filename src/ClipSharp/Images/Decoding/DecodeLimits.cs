namespace ClipSharp.Images.Decoding;

/// <summary>What a stranger's picture may cost.</summary>
public sealed record DecodeLimits
{
    /// <summary>The defaults: 512 MiB, 268,435,456 pixels (phones take 200 million), 65,535 pixels a side.</summary>
    public static DecodeLimits Default { get; } = new();

    /// <summary>Bytes of the picture; what a file holds behind it, such as the film of a motion photo, does not count.</summary>
    public int MaxFileBytes { get; init; } = 512 << 20;

    /// <summary>Width · height; of a JPEG that <see cref="JpegShortSide"/> makes smaller as it is then, unless it is progressive.
    /// A pixel takes 3 bytes, 1 more with alpha, 2 more in 16-bit grey; while a picture is decoded 4 more, but not where it is a
    /// JPEG.</summary>
    public long MaxPixels { get; init; } = 1L << 28;

    /// <summary>Pixels of the longer side, as the file has it.</summary>
    public int MaxSide { get; init; } = 65_535;

    /// <summary>How few pixels the short side of a decoded JPEG may have: it is decoded at 1/2, 1/4 or 1/8 of its size where that
    /// leaves as many, which is faster, and not to the bytes of the reference. 0 = whole. What a model needs is told by <see
    /// cref="ImagePreprocessor.JpegShortSide"/> and <see cref="TrainingTransform.JpegShortSide"/>.</summary>
    public int JpegShortSide { get; init; }

    /// <summary>Whether a picture of a size may be decoded. However high the limit, it ends where one array of four bytes a
    /// pixel does.</summary>
    public bool Allow(long width, long height) =>
        width <= MaxSide && height <= MaxSide && width * height <= Math.Min(MaxPixels, Array.MaxLength / 4);
}
