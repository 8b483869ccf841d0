using ClipSharp.Images;

namespace ClipSharp.Cli.Rendering.Terminal;

/// <summary>Thumbnails in rows as wide as the terminal.</summary>
internal static class PictureGrid
{
    /// <summary>Width and height of a thumbnail.</summary>
    public const int Side = 128;

    private const int Gap = 8;
    private const int ColumnPixels = 8; // what few fonts are below: a row that is too wide is cut by some terminals
    private const int OtherwiseColumns = 80;

    /// <summary>Writes them, left to right and then down.</summary>
    /// <param name="writer">The terminal.</param>
    /// <param name="thumbnails">Pictures of <see cref="Side"/>.</param>
    /// <param name="protocol">Kitty or Sixel.</param>
    /// <param name="columns">Characters of a line, or null.</param>
    public static void Write(TextWriter writer, IReadOnlyList<RgbImage> thumbnails, TerminalPictures protocol, int? columns)
    {
        var inRow = Math.Max(1, ((columns ?? OtherwiseColumns) * ColumnPixels) / (Side + Gap));
        foreach (var row in thumbnails.Chunk(inRow))
        {
            var strip = Strip(row);
            writer.WriteLine(protocol == TerminalPictures.Kitty ? KittyImage.Encode(strip) : SixelImage.Encode(strip));
        }
    }

    private static RgbImage Strip(RgbImage[] row)
    {
        var width = (row.Length * (Side + Gap)) - Gap;
        var pixels = new byte[3 * width * Side];
        for (var i = 0; i < row.Length; i++)
        {
            for (var y = 0; y < Side; y++)
            {
                row[i].Pixels.AsSpan(3 * y * Side, 3 * Side).CopyTo(pixels.AsSpan(3 * ((y * width) + (i * (Side + Gap)))));
            }
        }

        return new RgbImage(width, Side, pixels);
    }
}
