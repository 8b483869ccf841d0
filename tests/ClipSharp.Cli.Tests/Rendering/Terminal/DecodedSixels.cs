using System.Globalization;
using System.Text.RegularExpressions;

namespace ClipSharp.Cli.Tests.Rendering.Terminal;

/// <summary>What a terminal makes of a sequence of sixels, by the words of DEC's manual.</summary>
internal sealed partial record DecodedSixels(int Width, int Height, (int Red, int Green, int Blue)?[] Pixels)
{
    /// <summary>Draws a sequence.</summary>
    public static DecodedSixels Of(string sequence)
    {
        Assert.StartsWith("\eP0;1q", sequence, StringComparison.Ordinal);
        Assert.EndsWith("\e\\", sequence, StringComparison.Ordinal);
        var raster = Raster().Match(sequence);
        var (width, height) = (Number(raster, 1), Number(raster, 2));
        var (pixels, palette) = (new (int, int, int)?[width * height], new Dictionary<int, (int, int, int)>());
        var (x, top, color) = (0, 0, -1);
        foreach (Match part in Parts().Matches(sequence[(raster.Index + raster.Length)..^2]))
        {
            switch (part.Value[0])
            {
                case '#' when part.Groups["red"].Success:
                    palette[Number(part, "color")] = (Number(part, "red"), Number(part, "green"), Number(part, "blue"));
                    break;
                case '#':
                    color = Number(part, "color");
                    break;
                case '$':
                    x = 0;
                    break;
                case '-':
                    (x, top) = (0, top + 6);
                    break;
                default:
                    var run = part.Groups["run"].Success ? Number(part, "run") : 1;
                    for (var end = x + run; x < end; x++)
                    {
                        Draw(part.Groups["bits"].Value[0] - '?', palette[color]);
                    }

                    break;
            }
        }

        return new DecodedSixels(width, height, pixels);

        void Draw(int bits, (int, int, int) shade)
        {
            Assert.InRange(bits, 0, 63);
            for (var row = 0; row < 6; row++)
            {
                if ((bits >> row & 1) != 0)
                {
                    Assert.Null(pixels[((top + row) * width) + x]); // each pixel once
                    pixels[((top + row) * width) + x] = shade;
                }
            }
        }
    }

    private static int Number(Match match, object group) =>
        int.Parse(group is int number ? match.Groups[number].Value : match.Groups[(string)group].Value,
            CultureInfo.InvariantCulture);

    [GeneratedRegex("\"1;1;([0-9]+);([0-9]+)")]
    private static partial Regex Raster();

    [GeneratedRegex(@"#(?<color>\d+)(;2;(?<red>\d+);(?<green>\d+);(?<blue>\d+))?|\$|-|(!(?<run>\d+))?(?<bits>[?-~])|.")]
    private static partial Regex Parts();
}
