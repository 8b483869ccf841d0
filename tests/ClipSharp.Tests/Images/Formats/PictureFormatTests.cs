using System.Buffers.Binary;
using System.Text;
using ClipSharp.Images.Decoding;
using ClipSharp.Images.Formats;

namespace ClipSharp.Tests.Images.Formats;

/// <summary>What the headers say before any decoder sees a file.</summary>
public sealed class PictureFormatTests
{
    [Theory]
    [InlineData("FFD8FFE0", "JPEG")]
    [InlineData("89504E470D0A1A0A", "PNG")]
    [InlineData("474946383961", "GIF")]
    [InlineData("52494646 00000000 57454250", "WebP")]
    [InlineData("49492A00 08000000", "TIFF")]
    [InlineData("4D4D002A 00000008", "TIFF")]
    [InlineData("4D4D002B 00080000", "TIFF")] // of more than 4 GiB
    [InlineData("00000018 66747970 68656963 00000000 6D696631 68656963", "HEIC")]
    [InlineData("00000018 66747970 6D696631 00000000 6D696631 68656963", "HEIC")]
    [InlineData("0000001C 66747970 6D696631 00000000 6D696631 61766966 6D696166", "AVIF")]
    [InlineData("00000014 66747970 6D696631 00000000 6D696631 61766966", "HEIC")] // a brand behind the box counts for nothing
    [InlineData("00000018 66747970 6D703432 00000000 69736F6D 6D703432", null)] // a film
    [InlineData("0000000C 4A584C20 0D0A870A", "JPEG XL")]
    [InlineData("FF0A", "JPEG XL")]
    [InlineData("0000000C 6A502020 0D0A870A", "JPEG 2000")]
    [InlineData("38425053 0001", "Photoshop")]
    [InlineData("00000100 0100", "icon")]
    [InlineData("", null)]
    [InlineData("3C68746D6C3E", null)]
    public void A_format_is_told_by_the_first_bytes_of_its_file(string head, string? name) =>
        Assert.Equal(name, PictureFormat.Of(Convert.FromHexString(head.Replace(" ", "", StringComparison.Ordinal)))?.Name);

    [Fact]
    public void A_bitmap_is_known_by_its_letters_and_its_header_s_length()
    {
        Assert.True(new BmpFormat().Matches(Bmp(3, 2)));
        Assert.False(new BmpFormat().Matches([(byte)'X', .. Bmp(3, 2)[1..]]));
        Assert.False(new BmpFormat().Matches(Bmp(3, 2, headerLength: 41)));
    }

    [Theory]
    [InlineData(3, -2, PictureFault.None)]
    [InlineData(0, 2, PictureFault.Corrupt)]
    [InlineData(-3, 2, PictureFault.Corrupt)]
    [InlineData(3, 0, PictureFault.Corrupt)]
    public void A_bitmap_has_columns_and_rows(int width, int height, PictureFault fault) =>
        Assert.Equal(fault, new BmpFormat().ReadHeader(Bmp(width, height), out _));

    [Theory]
    [InlineData(3, 2, PictureFault.None)]
    [InlineData(0, 2, PictureFault.Corrupt)]
    [InlineData(3, 0, PictureFault.Corrupt)]
    public void A_gif_has_columns_and_rows(int width, int height, PictureFault fault) =>
        Assert.Equal(fault, new GifFormat().ReadHeader(Gif(width, height), out _));

    [Fact]
    public void A_gif_that_is_cut_in_its_frame_s_place_is_not_whole()
    {
        var format = new GifFormat();
        byte[] cut = [.. Gif(3, 2), 0x2C, 0, 0, 0, 0, 3, 0, 2, 0];
        Assert.Equal(PictureFault.None, format.ReadHeader(cut, out var header));
        Assert.Equal(PictureFault.Truncated, format.CheckWhole(cut, header, out _));
        Assert.Equal(PictureFault.None, format.CheckWhole([.. cut, 0, 2, 0], header, out _));
    }

    [Fact]
    public void A_jpeg_is_known_by_its_first_marker_and_the_next_one()
    {
        var format = new JpegFormat();
        Assert.True(format.Matches([0xFF, 0xD8, 0xFF]));
        Assert.False(format.Matches([0xFE, 0xD8, 0xFF]));
        Assert.False(format.Matches([0xFF, 0xD9, 0xFF]));
        Assert.False(format.Matches([0xFF, 0xD8, 0x00]));
    }

    [Theory]
    [InlineData("FFC0 000B 08 0002 0003 01 011100", PictureFault.None)]
    [InlineData("FFC0 000B 08 0000 0003 01 011100", PictureFault.Corrupt)] // no rows
    [InlineData("FFC0 000B 08 0002 0000 01 011100", PictureFault.Corrupt)] // no columns
    [InlineData("FFC0 0007 08 0002 0003", PictureFault.Corrupt)] // no number of components
    [InlineData("FFD9 FFC0 000B 08 0002 0003 01 011100", PictureFault.Corrupt)] // its end before its frame
    [InlineData("FFDA 0002 FFC0 000B 08 0002 0003 01 011100", PictureFault.Corrupt)] // a scan before its frame
    [InlineData("FFE0 0001 FFC0 000B 08 0002 0003 01 011100", PictureFault.Truncated)] // shorter than its own length field
    [InlineData("FFE0 0100 FFC0 000B 08 0002 0003 01 011100", PictureFault.Truncated)] // longer than the file
    public void A_jpeg_s_frame_header_is_found_or_refused(string segments, PictureFault fault) =>
        Assert.Equal(fault, new JpegFormat().ReadHeader(Jpeg(segments), out _));

    [Theory]
    [InlineData("FFDA 0003 00 1234 FF00 56 FFD9", PictureFault.None)]
    [InlineData("FFDA 0003 00 1234 FF00 56", PictureFault.Truncated)]
    [InlineData("FFDA FFFF 00 1234 FFD9", PictureFault.Truncated)] // an end inside of what a segment claims
    public void A_jpeg_is_whole_up_to_its_end(string rest, PictureFault fault)
    {
        var file = Jpeg("FFC0 000B 08 0002 0003 01 011100" + rest);
        Assert.Equal(PictureFault.None, new JpegFormat().ReadHeader(file, out var header));
        Assert.Equal(fault, new JpegFormat().CheckWhole(file, header, out _));
    }

    [Theory]
    [InlineData(13, "IHDR", 3, 2, PictureFault.None)]
    [InlineData(12, "IHDR", 3, 2, PictureFault.Corrupt)]
    [InlineData(13, "IDAT", 3, 2, PictureFault.Corrupt)]
    [InlineData(13, "IHDR", 0, 2, PictureFault.Corrupt)]
    [InlineData(13, "IHDR", 3, 0, PictureFault.Corrupt)]
    [InlineData(13, "IHDR", 1L << 31, 2, PictureFault.Corrupt)]
    [InlineData(13, "IHDR", 3, 1L << 31, PictureFault.Corrupt)]
    public void A_png_begins_with_its_size(int length, string chunk, long width, long height, PictureFault fault) =>
        Assert.Equal(fault, new PngFormat().ReadHeader(Png(length, chunk, width, height), out _));

    [Fact]
    public void A_webp_is_known_by_both_its_names()
    {
        var format = new WebpFormat();
        Assert.True(format.Matches("RIFF....WEBPVP8 "u8));
        Assert.False(format.Matches("RIFX....WEBPVP8 "u8));
        Assert.False(format.Matches("RIFF....WAVEfmt "u8));
    }

    [Theory]
    [InlineData("VP8 ", 3, 2, PictureFault.None)]
    [InlineData("VP8 ", 0, 2, PictureFault.Corrupt)]
    [InlineData("VP8 ", 3, 0, PictureFault.Corrupt)]
    [InlineData("ALPH", 3, 2, PictureFault.Corrupt)]
    public void A_webp_has_columns_and_rows(string chunk, int width, int height, PictureFault fault)
    {
        byte[] file = [.. "RIFF\u0016\0\0\0WEBP"u8, .. Encoding.ASCII.GetBytes(chunk), 10, 0, 0, 0, 0, 0, 0, 0x9D, 1, 0x2A,
            .. U16(width), .. U16(height)];
        Assert.Equal(fault, new WebpFormat().ReadHeader(file, out _));
    }

    private static byte[] Bmp(int width, int height, int headerLength = 40) =>
        [.. "BM"u8, .. U32(60), 0, 0, 0, 0, .. U32(54), .. U32(headerLength), .. U32(width), .. U32(height), 1, 0, 24, 0, 0, 0, 0,
            0];

    private static byte[] Gif(int width, int height) => [.. "GIF89a"u8, .. U16(width), .. U16(height), 0, 0, 0];

    private static byte[] Jpeg(string segments) =>
        [0xFF, 0xD8, .. Convert.FromHexString(segments.Replace(" ", "", StringComparison.Ordinal))];

    private static byte[] Png(int length, string chunk, long width, long height)
    {
        byte[] file = [0x89, .. "PNG\r\n\u001a\n"u8, 0, 0, 0, (byte)length, .. Encoding.ASCII.GetBytes(chunk), .. new byte[17]];
        BinaryPrimitives.WriteUInt32BigEndian(file.AsSpan(16), (uint)width);
        BinaryPrimitives.WriteUInt32BigEndian(file.AsSpan(20), (uint)height);
        return file;
    }

    private static byte[] U16(int value) => [(byte)value, (byte)(value >> 8)];

    private static byte[] U32(int value) => [.. U16(value), .. U16(value >> 16)];
}
