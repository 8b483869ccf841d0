namespace ClipSharp.Images;

/// <summary>Turns the bytes of a JPEG, PNG, GIF, WebP or BMP file into RGB.</summary>
public static class ImageDecoder
{
    /// <summary>Decodes a picture, known by its content, not by its name. Thread-safe.</summary>
    /// <param name="file">The whole file.</param>
    /// <param name="limits">Checked on the header, before any buffer is made.</param>
    /// <param name="image">The picture, or null.</param>
    /// <param name="fault">Why there is none.</param>
    /// <param name="applyOrientation">Whether to turn the picture as its EXIF orientation says; the reference does not.</param>
    public static bool TryDecode(
        ReadOnlySpan<byte> file, DecodeLimits limits, out RgbImage? image, out PictureFault fault, bool applyOrientation = false) =>
        throw new NotImplementedException();
}
