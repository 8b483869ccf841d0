using ClipSharp.Images.Formats;
using static System.FormattableString;

namespace ClipSharp.Images.Decoding;

/// <summary>The one line in which a picture is refused.</summary>
internal static class PictureRefusal
{
    /// <param name="fault">Why there is no picture.</param>
    /// <param name="head">The beginning of the file, for its format and size.</param>
    /// <param name="where">The file's path or name.</param>
    /// <param name="limits">What was allowed.</param>
    public static ClipException Of(PictureFault fault, ReadOnlySpan<byte> head, string where, DecodeLimits limits) =>
        new(ClipError.Data, "The picture cannot be used", where, Found(fault, head),
            fault == PictureFault.TooLarge ? Limits(limits) : "a whole JPEG, PNG, GIF, WebP or BMP",
            fault switch
            {
                PictureFault.TooLarge =>
                    "Make it smaller, or raise the limit: --max-pixels on the command line, DecodeLimits in code.",
                PictureFault.UnknownFormat =>
                    "The package ClipSharp.Images.Magick reads HEIC, AVIF, TIFF and JPEG XL; or convert it.",
                _ => "Check that it opens in a viewer, or leave it out.",
            });

    /// <summary>What there is instead of a picture that can be used, such as "HEIC, which is not read".</summary>
    public static string Found(PictureFault fault, ReadOnlySpan<byte> head) => fault switch
    {
        PictureFault.Empty => "an empty file",
        PictureFault.Truncated => "a file that was cut off",
        PictureFault.TooLarge => Size(head),
        PictureFault.NotAPicture => "something that is no picture",
        PictureFault.UnknownFormat => $"{PictureFormat.Of(head)?.Name ?? "a format"}, which ClipSharp does not read",
        _ => PictureFormat.Of(head) is { Structure: null } other ? $"a damaged {other.Name}" : "a damaged file",
    };

    private static string Size(ReadOnlySpan<byte> head) =>
        PictureFormat.Of(head) is { Structure: { } structure } format
            && structure.ReadHeader(head, out var header) == PictureFault.None
            ? Invariant($"too large a {format.Name}, {header.Width:N0} x {header.Height:N0} pixels")
            : "too large a picture";

    private static string Limits(DecodeLimits limits) => Invariant(
        $"at most {limits.MaxPixels:N0} pixels, {limits.MaxSide:N0} a side, in {ByteSize.Mebibytes(limits.MaxFileBytes)}");
}
