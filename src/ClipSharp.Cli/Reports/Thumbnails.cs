using ClipSharp.Images;
using ClipSharp.Search.Collections;

namespace ClipSharp.Cli.Reports;

/// <summary>Pictures of an index made small, whole and square, with white beside them.</summary>
/// <param name="side">Width and height.</param>
internal sealed class Thumbnails(int side)
{
    private readonly ImagePreprocessor _preprocessor = new(
        new PreprocessConfig { ResizeMode = ResizeMode.Longest, FillColor = 255, Background = Background.White }, side);

    /// <summary>A picture.</summary>
    /// <exception cref="ClipException">It is gone, changed, or in a file that pictures are not read from by place.</exception>
    public RgbImage Of(IndexedPicture picture)
    {
        var planes = new byte[3 * side * side];
        _preprocessor.Apply(StoredPicture.Thumbnail(picture, side), planes);
        return RgbImage.FromPlanes(planes, side, side);
    }

    /// <summary>A picture, or a grey square where it cannot be shown.</summary>
    public RgbImage OrGrey(IndexedPicture picture)
    {
        try
        {
            return Of(picture);
        }
        catch (ClipException)
        {
            var grey = new byte[3 * side * side];
            Array.Fill(grey, (byte)128);
            return new RgbImage(side, side, grey);
        }
    }
}
