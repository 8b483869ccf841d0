using ClipSharp.Images.Decoding;

namespace ClipSharp.Images.Formats;

/// <summary>What the first bytes of a picture file say.</summary>
/// <param name="Width">Pixels a row.</param>
/// <param name="Height">Rows.</param>
/// <param name="Next">Byte offset behind the header, where the check for completeness goes on.</param>
internal readonly record struct PictureHeader(long Width, long Height, int Next);

/// <summary>One file format: its magic, its size, its completeness. Nothing here makes a buffer.</summary>
internal interface IPictureFormat
{
    /// <summary>Whether the file begins like this format, as far as it goes.</summary>
    bool Matches(ReadOnlySpan<byte> file);

    /// <summary>Finds the size of the picture.</summary>
    PictureFault ReadHeader(ReadOnlySpan<byte> file, out PictureHeader header);

    /// <summary>Walks the rest as far as the first frame needs it: decoders fill missing rows and say nothing.</summary>
    /// <param name="file">The file.</param>
    /// <param name="header">What <see cref="ReadHeader"/> found.</param>
    /// <param name="end">The offset behind the picture; what follows, such as the film of a motion photo, is not its own.</param>
    PictureFault CheckWhole(ReadOnlySpan<byte> file, PictureHeader header, out int end);

    /// <summary>The mode in which Pillow opens the file, which is sound. Where Skia finds no alpha, Rgba is as good as
    /// Rgb.</summary>
    /// <param name="file">The whole file.</param>
    /// <param name="palette">The colours of an indexed picture, three bytes each; else empty.</param>
    PictureMode Mode(ReadOnlySpan<byte> file, out byte[] palette);
}
