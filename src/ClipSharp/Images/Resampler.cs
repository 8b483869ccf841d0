using System.Buffers;
using System.Runtime.Intrinsics;
using ClipSharp.Images.Resampling;

namespace ClipSharp.Images;

/// <summary>Resizes 8-bit pictures to the very bytes of Pillow's <c>resize</c> (Resample.c): weights in 22-bit fixed point, rows
/// first, rounded and clipped to a byte between the two passes, the filter widened when shrinking. Thread-safe.</summary>
public static class Resampler
{
    /// <summary>Resizes the whole picture.</summary>
    /// <param name="source">[H, W, C].</param>
    /// <param name="width">Columns of the result, 1 or more.</param>
    /// <param name="height">Rows of the result, 1 or more.</param>
    /// <param name="filter">The filter.</param>
    /// <returns>[height, width, C].</returns>
    public static byte[] Resize(PixelView source, int width, int height, ResampleFilter filter)
    {
        var result = new byte[ArrayLength.Of("bytes of a picture", height, width, source.Channels)];
        Resize(source, width, height, filter, new PixelBox(0, 0, width, height), result);
        return result;
    }

    /// <summary>Makes a part of the resized picture, at the cost of that part only.</summary>
    /// <param name="source">[H, W, C].</param>
    /// <param name="width">Columns of the whole result, 1 or more.</param>
    /// <param name="height">Rows of the whole result, 1 or more.</param>
    /// <param name="filter">The filter.</param>
    /// <param name="part">What is made of it.</param>
    /// <param name="result">Receives [part.Height, part.Width, C].</param>
    public static void Resize(PixelView source, int width, int height, ResampleFilter filter, PixelBox part, Span<byte> result) =>
        Resize(source, width, height, filter, part, result, Vector128.IsHardwareAccelerated);

    internal static void Resize(
        PixelView source, int width, int height, ResampleFilter filter, PixelBox part, Span<byte> result, bool vectors)
    {
        if (!part.IsInside(width, height))
        {
            throw new ArgumentOutOfRangeException(nameof(part), part, $"It is not inside {width} x {height}.");
        }

        var rowBytes = ArrayLength.Of("bytes of a row", part.Width, source.Channels);
        if (result.Length != (long)part.Height * rowBytes)
        {
            throw new ArgumentException(
                $"{result.Length} bytes are not [{part.Height}, {part.Width}, {source.Channels}].", nameof(result));
        }

        // A side that keeps its length is not filtered: the pass would change nothing.
        if (height == source.Height)
        {
            ResizeRows(source.Crop(new PixelBox(0, part.Y, source.Width, part.Height)), width, filter, part, result, vectors);
            return;
        }

        var weights = new ResampleWeights(source.Height, height, part.Y, part.Height, FilterKernel.Of(filter));
        var needed = source.Crop(new PixelBox(0, weights.Begin, source.Width, weights.End - weights.Begin));
        var length = ArrayLength.Of("bytes of a picture", needed.Height, rowBytes);
        var rented = ArrayPool<byte>.Shared.Rent(length);
        var between = rented.AsSpan(0, length);
        ResizeRows(needed, width, filter, part, between, vectors);
        var narrowed = new PixelView(between, part.Width, needed.Height, source.Channels);
        if (vectors)
        {
            VectorPasses.Vertical(narrowed, weights.Begin, weights, result);
        }
        else
        {
            PlainPasses.Vertical(narrowed, weights.Begin, weights, result);
        }

        ArrayPool<byte>.Shared.Return(rented);
    }

    private static void ResizeRows(
        PixelView rows, int width, ResampleFilter filter, PixelBox part, Span<byte> result, bool vectors)
    {
        if (width == rows.Width)
        {
            var length = part.Width * rows.Channels;
            for (var y = 0; y < rows.Height; y++)
            {
                rows.Row(y).Slice(part.X * rows.Channels, length).CopyTo(result.Slice(y * length, length));
            }

            return;
        }

        var weights = new ResampleWeights(rows.Width, width, part.X, part.Width, FilterKernel.Of(filter));
        if (vectors)
        {
            VectorPasses.Horizontal(rows, weights, result);
        }
        else
        {
            PlainPasses.Horizontal(rows, weights, result);
        }
    }
}
