using System.Runtime.Intrinsics;

namespace ClipSharp.Images.Decoding;

/// <summary>From pixels to channel planes.</summary>
internal static class Planes
{
    /// <summary>[N, 3] to [3, N].</summary>
    public static void Split(ReadOnlySpan<byte> pixels, Span<byte> planes)
    {
        var count = planes.Length / 3;
        var red = planes[..count];
        var green = planes[count..(2 * count)];
        var blue = planes[(2 * count)..];
        var i = 0;
        if (Vector128.IsHardwareAccelerated)
        {
            var order = Vector128.Create((byte)0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11, 15, 15, 15, 15);
            for (; i + 6 <= count; i += 4)
            {
                var four = Vector128.Shuffle(Vector128.Create(pixels.Slice(3 * i, 16)), order).AsUInt32();
                BitConverter.TryWriteBytes(red.Slice(i, 4), four[0]);
                BitConverter.TryWriteBytes(green.Slice(i, 4), four[1]);
                BitConverter.TryWriteBytes(blue.Slice(i, 4), four[2]);
            }
        }

        for (; i < count; i++)
        {
            (red[i], green[i], blue[i]) = (pixels[3 * i], pixels[(3 * i) + 1], pixels[(3 * i) + 2]);
        }
    }

    /// <summary>Swaps left and right in [3, H, W].</summary>
    public static void Mirror(Span<byte> planes, int width)
    {
        for (var row = 0; row < planes.Length; row += width)
        {
            planes.Slice(row, width).Reverse();
        }
    }
}
