namespace ClipSharp.Images.Decoding;

/// <summary>What a stranger's picture may cost.</summary>
public sealed record DecodeLimits
{
    /// <summary>The defaults: 64 MiB, 89,478,485 pixels (where Pillow warns of a bomb), 65,535 pixels a side.</summary>
    public static DecodeLimits Default { get; } = new();

    /// <summary>Bytes of the file.</summary>
    public int MaxFileBytes { get; init; } = 64 << 20;

    /// <summary>Width · height. Decoding takes 7 bytes a pixel for a moment, 3 or 4 stay.</summary>
    public long MaxPixels { get; init; } = 89_478_485;

    /// <summary>Pixels of the longer side.</summary>
    public int MaxSide { get; init; } = 65_535;
}
