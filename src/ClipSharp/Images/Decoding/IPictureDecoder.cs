using ClipSharp.Images.Formats;

namespace ClipSharp.Images.Decoding;

/// <summary>Reads formats that ClipSharp only knows by name, such as HEIC; given to <see cref="ImageDecoder.Add"/>.
/// Thread-safe.</summary>
public interface IPictureDecoder
{
    /// <summary>Whether it reads a format.</summary>
    bool Reads(PictureFormat format);

    /// <summary>Decodes the first picture of a file.</summary>
    /// <param name="file">The whole file, of a format that it reads.</param>
    /// <param name="limits">To be checked before the pixels are decoded; the file's length was.</param>
    /// <param name="image">The picture, or null.</param>
    /// <returns>Why there is none, or <see cref="PictureFault.None"/>.</returns>
    PictureFault Decode(ReadOnlySpan<byte> file, DecodeLimits limits, out RgbImage? image);
}
