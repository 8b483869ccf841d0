using System.Buffers.Binary;
using System.IO.Compression;

namespace ClipSharp.Images.Formats;

/// <summary>The levels of a 16-bit grey PNG (PNG specification, 7 to 10): inflate, undo the row filters, put the passes of an
/// interlaced picture in their place.</summary>
internal static class Grey16Png
{
    private const int BytesPerPixel = 2;

    /// <summary>Reads a file whose rows are whole.</summary>
    /// <param name="file">The whole file.</param>
    /// <param name="width">W.</param>
    /// <param name="height">H.</param>
    /// <param name="levels">Receives H · W levels.</param>
    /// <returns>False when the data is damaged or ends early.</returns>
    public static bool TryRead(ReadOnlySpan<byte> file, int width, int height, Span<ushort> levels)
    {
        using var rows = PngRows.Open(file);
        try
        {
            foreach (var pass in PngRows.Passes(file))
            {
                if (!TryReadPass(rows, pass, width, height, levels))
                {
                    return false;
                }
            }

            return true;
        }
        catch (InvalidDataException)
        {
            return false;
        }
    }

    private static bool TryReadPass(
        ZLibStream rows, (int X, int Y, int StepX, int StepY) pass, int width, int height, Span<ushort> levels)
    {
        var columns = (width - pass.X + pass.StepX - 1) / pass.StepX;
        if (columns <= 0)
        {
            return true;
        }

        var (above, row) = (new byte[columns * BytesPerPixel], new byte[columns * BytesPerPixel]);
        for (var y = pass.Y; y < height; y += pass.StepY)
        {
            var filter = rows.ReadByte();
            if (filter is < 0 or > 4 || rows.ReadAtLeast(row, row.Length, throwOnEndOfStream: false) < row.Length)
            {
                return false;
            }

            Undo(filter, row, above);
            for (var i = 0; i < columns; i++)
            {
                levels[(y * width) + pass.X + (i * pass.StepX)] = BinaryPrimitives
                    .ReadUInt16BigEndian(row.AsSpan(i * BytesPerPixel));
            }

            (above, row) = (row, above);
        }

        return true;
    }

    private static void Undo(int filter, Span<byte> row, ReadOnlySpan<byte> above)
    {
        for (var i = 0; i < row.Length; i++)
        {
            var (left, corner) = i < BytesPerPixel ? ((byte)0, (byte)0) : (row[i - BytesPerPixel], above[i - BytesPerPixel]);
            row[i] += filter switch
            {
                1 => left,
                2 => above[i],
                3 => (byte)((left + above[i]) / 2),
                4 => Paeth(left, above[i], corner),
                _ => 0,
            };
        }
    }

    private static byte Paeth(byte left, byte above, byte corner)
    {
        var estimate = left + above - corner;
        var (byLeft, byAbove, byCorner) = (Math.Abs(estimate - left), Math.Abs(estimate - above), Math.Abs(estimate - corner));
        return byLeft <= byAbove && byLeft <= byCorner ? left : byAbove <= byCorner ? above : corner;
    }
}
