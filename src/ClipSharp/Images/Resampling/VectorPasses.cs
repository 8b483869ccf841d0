using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace ClipSharp.Images.Resampling;

/// <summary>The two passes of a resize, eight sums at a time. The sums are of integers: their order does not matter, the bytes
/// are those of <see cref="PlainPasses"/>.</summary>
internal static class VectorPasses
{
    private const int Lanes = 8;

    /// <summary>As <see cref="PlainPasses.Horizontal"/>. The lanes are two rows of four channels or eight grey rows.</summary>
    public static void Horizontal(PixelView source, ResampleWeights weights, Span<byte> result)
    {
        var (begin, columns) = (weights.Begin, weights.End - weights.Begin);
        var rows = source.Channels == 1 ? Lanes : 2;
        var rowBytes = weights.Count * source.Channels;
        var rented = ArrayPool<int>.Shared.Rent(columns * Lanes);
        var spread = rented.AsSpan(0, columns * Lanes); // [columns, lanes]
        for (var y = 0; y < source.Height; y += rows)
        {
            var some = Math.Min(rows, source.Height - y);
            for (var r = 0; r < some; r++)
            {
                var row = source.Row(y + r).Slice(begin * source.Channels, columns * source.Channels);
                Spread(row, source.Channels, spread, source.Channels == 1 ? r : 4 * r);
            }

            var target = result.Slice(y * rowBytes, some * rowBytes);
            for (var x = 0; x < weights.Count; x++)
            {
                var taps = weights.Of(x);
                var from = spread.Slice((weights.First(x) - begin) * Lanes, taps.Length * Lanes);
                var sum = Vector256.Create(ResampleWeights.Half);
                ref var lane = ref MemoryMarshal.GetReference(from);
                for (var t = 0; t < taps.Length; t++)
                {
                    sum += Vector256.LoadUnsafe(ref lane, (nuint)(t * Lanes)) * taps[t];
                }

                var bytes = ByteVectors.Clip(sum, sum, ResampleWeights.FractionBits).AsUInt64().ToScalar();
                Store(bytes, source.Channels, some, target, rowBytes, x);
            }
        }

        ArrayPool<int>.Shared.Return(rented);
    }

    /// <summary>As <see cref="PlainPasses.Vertical"/>. The lanes are neighbours in a row.</summary>
    public static void Vertical(PixelView source, int firstRow, ResampleWeights weights, Span<byte> result)
    {
        var width = source.Width * source.Channels;
        for (var y = 0; y < weights.Count; y++)
        {
            var taps = weights.Of(y);
            var rows = source.Pixels[((weights.First(y) - firstRow) * source.Stride)..];
            var target = result.Slice(y * width, width);
            var x = 0;
            for (; x + ByteVectors.Count <= width; x += ByteVectors.Count)
            {
                var low = Vector256.Create(ResampleWeights.Half);
                var high = low;
                for (var t = 0; t < taps.Length; t++)
                {
                    var (first, second) = ByteVectors.Widen(rows[((t * source.Stride) + x)..]);
                    low += first * taps[t];
                    high += second * taps[t];
                }

                ByteVectors.Clip(low, high, ResampleWeights.FractionBits).CopyTo(target[x..]);
            }

            PlainPasses.VerticalTail(rows, source.Stride, taps, target, x);
        }
    }

    // Writes a row's channels to their lanes, starting with lane `at`.
    private static void Spread(ReadOnlySpan<byte> row, int channels, Span<int> spread, int at)
    {
        var x = 0;
        if (channels > 1)
        {
            var order = channels == 4
                ? Vector128<byte>.Indices
                : Vector128.Create((byte)0, 1, 2, 15, 3, 4, 5, 15, 6, 7, 8, 15, 9, 10, 11, 15);
            for (; (x * channels) + 16 <= row.Length; x += 4)
            {
                var pixels = Vector128.Shuffle(Vector128.Create(row.Slice(x * channels, 16)), order);
                var (low, high) = Vector128.Widen(pixels);
                var (first, second) = Vector128.Widen(low);
                var (third, fourth) = Vector128.Widen(high);
                var to = spread.Slice((x * Lanes) + at, (3 * Lanes) + 4);
                first.AsInt32().CopyTo(to);
                second.AsInt32().CopyTo(to[Lanes..]);
                third.AsInt32().CopyTo(to[(2 * Lanes)..]);
                fourth.AsInt32().CopyTo(to[(3 * Lanes)..]);
            }
        }

        for (; x * channels < row.Length; x++)
        {
            for (var c = 0; c < channels; c++)
            {
                spread[(x * Lanes) + at + c] = row[(x * channels) + c];
            }
        }
    }

    // Writes result column x of the rows whose bytes are given.
    private static void Store(ulong bytes, int channels, int rows, Span<byte> target, int rowBytes, int x)
    {
        if (channels == 1)
        {
            for (var r = 0; r < rows; r++)
            {
                target[(r * rowBytes) + x] = (byte)(bytes >> (8 * r));
            }

            return;
        }

        for (var r = 0; r < rows; r++)
        {
            var pixel = target.Slice((r * rowBytes) + (x * channels), channels);
            var value = (uint)(bytes >> (32 * r));
            if (channels == 4)
            {
                BinaryPrimitives.WriteUInt32LittleEndian(pixel, value);
            }
            else
            {
                (pixel[0], pixel[1], pixel[2]) = ((byte)value, (byte)(value >> 8), (byte)(value >> 16));
            }
        }
    }
}
