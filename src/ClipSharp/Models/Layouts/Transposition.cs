namespace ClipSharp.Models.Layouts;

/// <summary>Exchanges rows and columns of a matrix of any number format.</summary>
internal static class Transposition
{
    /// <param name="source">[rows, columns].</param>
    /// <param name="rows">Of the source.</param>
    /// <param name="columns">Of the source.</param>
    /// <param name="size">Bytes of a number.</param>
    /// <returns>[columns, rows].</returns>
    public static byte[] Of(ReadOnlySpan<byte> source, int rows, int columns, int size)
    {
        var target = new byte[source.Length];
        for (var row = 0; row < rows; row++)
        {
            for (var column = 0; column < columns; column++)
            {
                source.Slice(((row * columns) + column) * size, size).CopyTo(target.AsSpan(((column * rows) + row) * size));
            }
        }

        return target;
    }
}
