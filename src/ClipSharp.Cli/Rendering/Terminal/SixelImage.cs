using System.Globalization;
using System.Text;
using ClipSharp.Images;

namespace ClipSharp.Cli.Rendering.Terminal;

/// <summary>A picture as terminals since DEC's VT340 take it: bands of six rows, for each colour of a band a character a column
/// whose six bits say which of the rows have it. Of 216 colours, six levels a channel, mixed by an ordered pattern.</summary>
internal static class SixelImage
{
    private const int BandRows = 6;
    private const int Levels = 6;
    private const int FirstCharacter = '?';
    private const int LeastRun = 4; // "!4x" is as long as "xxx"

    // Bayer's pattern, 4 by 4.
    private static ReadOnlySpan<byte> Pattern => [0, 8, 2, 10, 12, 4, 14, 6, 3, 11, 1, 9, 15, 7, 13, 5];

    /// <summary>The sequence that shows a picture; the cursor is below it then.</summary>
    public static string Encode(RgbImage picture)
    {
        var colors = Quantized(picture);
        var text = new StringBuilder().Append(CultureInfo.InvariantCulture, $"\eP0;1q\"1;1;{picture.Width};{picture.Height}");
        foreach (var color in colors.Distinct().Order())
        {
            var (red, green, blue) = (color / (Levels * Levels), color / Levels % Levels, color % Levels);
            text.Append(CultureInfo.InvariantCulture, $"#{color};2;{Percent(red)};{Percent(green)};{Percent(blue)}");
        }

        for (var top = 0; top < picture.Height; top += BandRows)
        {
            AppendBand(text, colors.AsSpan(top * picture.Width,
                Math.Min(BandRows, picture.Height - top) * picture.Width), picture.Width);
            text.Append('-');
        }

        return text.Append("\e\\").ToString();
    }

    /// <summary>The colour of each pixel, 0 to 215, [H, W].</summary>
    internal static byte[] Quantized(RgbImage picture)
    {
        var colors = new byte[picture.Width * picture.Height];
        for (var i = 0; i < colors.Length; i++)
        {
            var (x, y) = (i % picture.Width, i / picture.Width);
            var lift = (Pattern[(4 * (y % 4)) + (x % 4)] + 0.5f) / 16;
            int Level(int channel) => (int)Math.Min(Levels - 1, (picture.Pixels[(3 * i) + channel] / 255f * (Levels - 1)) + lift);
            colors[i] = (byte)((((Level(0) * Levels) + Level(1)) * Levels) + Level(2));
        }

        return colors;
    }

    private static int Percent(int level) => level * 100 / (Levels - 1);

    private static void AppendBand(StringBuilder text, ReadOnlySpan<byte> band, int width)
    {
        Span<bool> seen = stackalloc bool[Levels * Levels * Levels];
        seen.Clear();
        foreach (var color in band)
        {
            seen[color] = true;
        }

        var isFirst = true;
        for (var color = 0; color < seen.Length; color++)
        {
            if (seen[color])
            {
                text.Append(CultureInfo.InvariantCulture, $"{(isFirst ? "" : "$")}#{color}");
                isFirst = false;
                AppendRow(text, band, width, (byte)color);
            }
        }
    }

    private static void AppendRow(StringBuilder text, ReadOnlySpan<byte> band, int width, byte color)
    {
        var (run, last) = (0, '\0');
        for (var x = 0; x < width; x++)
        {
            var bits = 0;
            for (var at = x; at < band.Length; at += width)
            {
                bits |= band[at] == color ? 1 << (at / width) : 0;
            }

            var character = (char)(FirstCharacter + bits);
            if (character != last)
            {
                AppendRun(text, last, run);
                (run, last) = (0, character);
            }

            run++;
        }

        if (last != FirstCharacter) // nothing of this colour follows
        {
            AppendRun(text, last, run);
        }
    }

    private static void AppendRun(StringBuilder text, char character, int run)
    {
        if (run >= LeastRun)
        {
            text.Append(CultureInfo.InvariantCulture, $"!{run}{character}");
        }
        else
        {
            text.Append(character, run);
        }
    }
}
