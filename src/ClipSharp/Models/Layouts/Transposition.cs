using System.Runtime.InteropServices;

namespace ClipSharp.Models.Layouts;

/// <summary>Exchanges rows and columns of a matrix of any number format.</summary>
internal static class Transposition
{
    private const int Side = 32; // squares of it fit the first cache

    /// <param name="source">[rows, columns].</param>
    /// <param name="rows">Of the source.</param>
    /// <param name="columns">Of the source.</param>
    /// <param name="size">Bytes of a number.</param>
    /// <returns>[columns, rows].</returns>
    public static byte[] Of(ReadOnlySpan<byte> source, int rows, int columns, int size)
    {
        var target = new byte[source.Length];
        Turn(source, target, rows, columns, size);
        return target;
    }

    /// <param name="source">[rows, columns].</param>
    /// <param name="target">[columns, rows], elsewhere in memory.</param>
    /// <param name="rows">Of the source.</param>
    /// <param name="columns">Of the source.</param>
    /// <param name="size">Bytes of a number.</param>
    public static void Turn(ReadOnlySpan<byte> source, Span<byte> target, int rows, int columns, int size)
    {
        switch (size)
        {
            case 1:
                Turn<byte>(source, target, rows, columns);
                break;
            case 2:
                Turn<ushort>(source, target, rows, columns);
                break;
            case 4:
                Turn<uint>(source, target, rows, columns);
                break;
            default:
                Turn<ulong>(source, target, rows, columns);
                break;
        }
    }

    private static void Turn<T>(ReadOnlySpan<byte> source, Span<byte> target, int rows, int columns) where T : unmanaged =>
        Turn(MemoryMarshal.Cast<byte, T>(source), MemoryMarshal.Cast<byte, T>(target), rows, columns);

    private static void Turn<T>(ReadOnlySpan<T> source, Span<T> target, int rows, int columns)
    {
        for (var top = 0; top < rows; top += Side)
        {
            for (var left = 0; left < columns; left += Side)
            {
                var (bottom, right) = (Math.Min(top + Side, rows), Math.Min(left + Side, columns));
                for (var row = top; row < bottom; row++)
                {
                    for (var column = left; column < right; column++)
                    {
                        target[(column * rows) + row] = source[(row * columns) + column];
                    }
                }
            }
        }
    }
}
