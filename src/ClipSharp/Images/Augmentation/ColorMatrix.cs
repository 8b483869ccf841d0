using System.Runtime.Intrinsics;
using ClipSharp.Images.Resampling;

namespace ClipSharp.Images.Augmentation;

/// <summary>A linear change of colours, new = A · old + b with levels 0 to 255. Brightness, contrast, saturation, hue, grey and
/// negative are all of this kind: they are multiplied together first and cost one pass, with one rounding.</summary>
internal sealed class ColorMatrix
{
    private const int Fraction = 16;
    private const double RedLuma = 0.299, GreenLuma = 0.587, BlueLuma = 0.114; // ITU-R 601, as Pillow's conversion to "L"

    private readonly double[] _a = [1, 0, 0, 0, 1, 0, 0, 0, 1];
    private readonly double[] _b = new double[3];

    /// <summary>Brightness: all levels times a factor.</summary>
    public void Brighten(double factor) => Then([factor, 0, 0, 0, factor, 0, 0, 0, factor], 0);

    /// <summary>Contrast: levels away from (or, below 1, towards) the picture's mean grey.</summary>
    /// <param name="factor">1 changes nothing.</param>
    /// <param name="red">The mean red of the picture before any change; as the next two.</param>
    /// <param name="green">See there.</param>
    /// <param name="blue">See there.</param>
    public void Contrast(double factor, double red, double green, double blue)
    {
        double Now(int row) => (_a[3 * row] * red) + (_a[(3 * row) + 1] * green) + (_a[(3 * row) + 2] * blue) + _b[row];
        var grey = (RedLuma * Now(0)) + (GreenLuma * Now(1)) + (BlueLuma * Now(2));
        Then([factor, 0, 0, 0, factor, 0, 0, 0, factor], grey * (1 - factor));
    }

    /// <summary>Saturation: colours away from (or towards) their own grey; 0 leaves none.</summary>
    public void Saturate(double factor)
    {
        var (r, g, b) = ((1 - factor) * RedLuma, (1 - factor) * GreenLuma, (1 - factor) * BlueLuma);
        Then([r + factor, g, b, r, g + factor, b, r, g, b + factor], 0);
    }

    /// <summary>Hue: colours turned about the grey axis.</summary>
    public void TurnHue(double turns)
    {
        var (sin, cos) = Math.SinCos(turns * 2 * Math.PI);
        var (same, other, aside) = ((1 + (2 * cos)) / 3, (1 - cos) / 3, sin / Math.Sqrt(3));
        var (next, last) = (other - aside, other + aside);
        Then([same, next, last, last, same, next, next, last, same], 0);
    }

    /// <summary>The negative.</summary>
    public void Invert() => Then([-1, 0, 0, 0, -1, 0, 0, 0, -1], 255);

    /// <summary>Changes [3, N] in place.</summary>
    public void Apply(Span<byte> planes) => Apply(planes, Vector128.IsHardwareAccelerated);

    internal void Apply(Span<byte> planes, bool vectors)
    {
        var count = planes.Length / 3;
        Span<int> a = stackalloc int[9];
        Span<int> b = stackalloc int[3];
        for (var i = 0; i < 9; i++)
        {
            a[i] = (int)Math.Round(_a[i] * (1 << Fraction));
        }

        for (var c = 0; c < 3; c++)
        {
            b[c] = (int)Math.Round((_b[c] + 0.5) * (1 << Fraction)); // the half rounds
        }

        var red = planes[..count];
        var green = planes[count..(2 * count)];
        var blue = planes[(2 * count)..];
        var at = 0;
        for (; vectors && at + ByteVectors.Count <= count; at += ByteVectors.Count)
        {
            var (red0, red1) = ByteVectors.Widen(red[at..]);
            var (green0, green1) = ByteVectors.Widen(green[at..]);
            var (blue0, blue1) = ByteVectors.Widen(blue[at..]);
            for (var c = 0; c < 3; c++)
            {
                var (byRed, byGreen, byBlue) = (a[3 * c], a[(3 * c) + 1], a[(3 * c) + 2]);
                var low = (red0 * byRed) + (green0 * byGreen) + (blue0 * byBlue) + Vector256.Create(b[c]);
                var high = (red1 * byRed) + (green1 * byGreen) + (blue1 * byBlue) + Vector256.Create(b[c]);
                ByteVectors.Clip(low, high, Fraction).CopyTo(planes[((c * count) + at)..]);
            }
        }

        for (; at < count; at++)
        {
            var (r, g, l) = (red[at], green[at], blue[at]);
            for (var c = 0; c < 3; c++)
            {
                var sum = (r * a[3 * c]) + (g * a[(3 * c) + 1]) + (l * a[(3 * c) + 2]) + b[c];
                planes[(c * count) + at] = (byte)Math.Clamp(sum >> Fraction, 0, 255);
            }
        }
    }

    // This change after those before it.
    private void Then(ReadOnlySpan<double> matrix, double offset)
    {
        Span<double> old = stackalloc double[12];
        _a.CopyTo(old);
        _b.CopyTo(old[9..]);
        for (var row = 0; row < 3; row++)
        {
            var (x, y, z) = (matrix[3 * row], matrix[(3 * row) + 1], matrix[(3 * row) + 2]);
            for (var column = 0; column < 3; column++)
            {
                _a[(3 * row) + column] = (x * old[column]) + (y * old[3 + column]) + (z * old[6 + column]);
            }

            _b[row] = (x * old[9]) + (y * old[10]) + (z * old[11]) + offset;
        }
    }
}
