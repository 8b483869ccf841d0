using System.Runtime.Intrinsics;

namespace ClipSharp.Images.Decoding;

/// <summary>Takes decoded RGBA apart.</summary>
internal static class RgbaRows
{
    /// <summary>The colours: four bytes a pixel to three.</summary>
    public static void TakeColours(ReadOnlySpan<byte> rgba, Span<byte> rgb)
    {
        var pixels = rgba.Length / 4;
        var i = 0;
        if (Vector128.IsHardwareAccelerated)
        {
            // 16 bytes are stored and 12 of them meant: the next store covers the rest, the loop below does the last pixels.
            var order = Vector128.Create((byte)0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, 0, 0, 0, 0);
            for (; i + 6 <= pixels; i += 4)
            {
                Vector128.Shuffle(Vector128.Create(rgba.Slice(4 * i, 16)), order).CopyTo(rgb.Slice(3 * i, 16));
            }
        }

        for (; i < pixels; i++)
        {
            rgba.Slice(4 * i, 3).CopyTo(rgb[(3 * i)..]);
        }
    }

    /// <summary>The alpha of each pixel; null where all are opaque.</summary>
    public static byte[]? TakeAlpha(ReadOnlySpan<byte> rgba)
    {
        var alpha = new byte[rgba.Length / 4];
        for (var i = 0; i < alpha.Length; i++)
        {
            alpha[i] = rgba[(4 * i) + 3];
        }

        return alpha.AsSpan().ContainsAnyExcept((byte)255) ? alpha : null;
    }
}
