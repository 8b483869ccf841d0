
namespace ClipSharp.Shapes.Scenes;

/// <summary>An 8-bit colour.</summary>
internal readonly record struct Rgb(byte Red, byte Green, byte Blue)
{
    /// <summary>Brightness as the eye weighs it, 0 to 1 (Rec. 709 weights on stored values).</summary>
    public double Luma => ((0.2126 * Red) + (0.7152 * Green) + (0.0722 * Blue)) / 255;

    /// <summary>Towards another colour: 0 is this one, 1 the other.</summary>
    public Rgb Mixed(Rgb other, double share) =>
        new(Mix(Red, other.Red, share), Mix(Green, other.Green, share), Mix(Blue, other.Blue, share));

    /// <summary>All channels times a factor, each plus noise of at most the given amount.</summary>
    public Rgb Jittered(ref RandomStream random, double brightness, double noise)
    {
        var factor = 1 + random.NextDouble(-brightness, brightness);
        return new Rgb(
            Clamp((Red * factor) + random.NextDouble(-noise, noise)),
            Clamp((Green * factor) + random.NextDouble(-noise, noise)),
            Clamp((Blue * factor) + random.NextDouble(-noise, noise)));
    }

    private static byte Mix(byte a, byte b, double share) => Clamp(a + ((b - a) * share));

    private static byte Clamp(double value) => (byte)Math.Clamp(Math.Round(value), 0, 255);
}
