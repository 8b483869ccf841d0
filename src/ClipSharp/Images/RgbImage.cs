namespace ClipSharp.Images;

/// <summary>A decoded picture: 8-bit RGB, rows from the top, [H, W, 3], and its alpha where the file has one.</summary>
/// <param name="Width">W ≥ 1.</param>
/// <param name="Height">H ≥ 1.</param>
/// <param name="Pixels">H · W · 3 bytes; colours as stored, not multiplied by alpha.</param>
/// <param name="Alpha">H · W bytes, 0 clear to 255 opaque, or null for an opaque picture.</param>
public sealed record RgbImage(int Width, int Height, byte[] Pixels, byte[]? Alpha = null)
{
    /// <summary>The colours, [H, W, 3].</summary>
    public PixelView View => new(Pixels, Width, Height, 3);

    /// <summary>The picture over a plain colour; itself where it is opaque.</summary>
    public RgbImage Over(byte red, byte green, byte blue)
    {
        if (Alpha is null)
        {
            return this;
        }

        ReadOnlySpan<byte> ground = [red, green, blue];
        var result = new byte[Pixels.Length];
        for (var i = 0; i < Alpha.Length; i++)
        {
            int alpha = Alpha[i];
            for (var c = 0; c < 3; c++)
            {
                var sum = (Pixels[(3 * i) + c] * alpha) + (ground[c] * (255 - alpha));
                result[(3 * i) + c] = (byte)((sum + 127) / 255);
            }
        }

        return new RgbImage(Width, Height, result);
    }
}
