namespace ClipSharp.Images.Formats;

/// <summary>Palettes that formats share.</summary>
internal static class Palettes
{
    /// <summary>The palette of Pillow's mode 1, where every number but 0 is white.</summary>
    public static byte[] TwoColours()
    {
        var palette = new byte[3 * 256];
        palette.AsSpan(3).Fill(255);
        return palette;
    }
}
