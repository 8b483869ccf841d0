using System.Buffers.Binary;
using System.IO.Hashing;
using SkiaSharp;

namespace ClipSharp.Testing.Odd;

/// <summary>Pictures of every odd kind that can be made without a second encoder; colours of other formats are in the fixture
/// "pixels".</summary>
internal static class OddPictures
{
    private const string Colours = "48x32; (3,29)=#283cc8, (44,2)=#28b43c, (44,29)=#e6c828";

    public static IEnumerable<OddInput> All()
    {
        var (jpeg, png) = (OddInputs.Jpeg, OddInputs.Png);
        yield return Picture("ok.jpg", "accept", jpeg, Colours + " (within 12)");
        yield return Picture("ok.png", "accept", png, Colours);
        yield return Picture("truncated.jpg", "skip: truncated picture", jpeg[..(jpeg.Length * 6 / 10)]);
        yield return Picture("truncated.png", "skip: truncated picture", png[..(png.Length * 6 / 10)]);
        yield return Picture("zero_bytes.jpg", "skip: empty picture", []);
        yield return Picture("only_magic.png", "skip: truncated picture", png[..8]);
        yield return Picture("crc_idat_damaged.png", "skip: corrupt picture", Damaged(png));
        yield return Picture("claims_60000.png", "skip: too large", [.. png[..8], .. Header(60_000, 60_000), .. png[33..]]);
        yield return Picture("claims_60000.jpg", "skip: too large", Claiming60000(jpeg));
        yield return Picture("html.jpg", "skip: not a picture", "<html><body>404 not found</body></html>"u8.ToArray());
        yield return Picture("png_named.jpg", "accept", png, Colours);
        yield return Picture("trailing.jpg", "accept", [.. jpeg, .. new byte[160]], Colours + " (within 12)");
        yield return Picture("exif6.jpg", "accept", Exif6(),
            "32x48; (2,44)=#c82828, (29,3)=#e6c828, (29,44)=#283cc8 (within 12)");
        yield return Picture("lossy.webp", "accept", OddInputs.Quarters(SKEncodedImageFormat.Webp), Colours + " (within 16)");
        yield return Picture("one_pixel.png", "accept", Constant(1, 1, SKEncodedImageFormat.Png), "1x1; (0,0)=#0ac81e");
        yield return Picture("tall_1x500.png", "accept", Constant(1, 500, SKEncodedImageFormat.Png), "1x500; (0,499)=#0ac81e");
        yield return Picture("wide_500x1.jpg", "accept", Constant(500, 1, SKEncodedImageFormat.Jpeg),
            "500x1; (499,0)=#0ac81e (within 6)");
        yield return Picture("size_0.png", "skip: corrupt picture", [.. png[..8], .. Header(0, 1), .. png[^12..]]);
    }

    // A byte of the compressed pixels is another: sum and stream are wrong.
    private static byte[] Damaged(byte[] png)
    {
        var damaged = (byte[])png.Clone();
        damaged[png.AsSpan().IndexOf("IDAT"u8) + 20] ^= 0x40;
        return damaged;
    }

    // A PNG's first chunk: length, name, 8-bit RGB of that size, sum.
    private static byte[] Header(int width, int height)
    {
        var chunk = new byte[25];
        BinaryPrimitives.WriteInt32BigEndian(chunk, 13);
        "IHDR"u8.CopyTo(chunk.AsSpan(4));
        BinaryPrimitives.WriteInt32BigEndian(chunk.AsSpan(8), width);
        BinaryPrimitives.WriteInt32BigEndian(chunk.AsSpan(12), height);
        (chunk[16], chunk[17]) = (8, 2);
        BinaryPrimitives.WriteUInt32BigEndian(chunk.AsSpan(21), Crc32.HashToUInt32(chunk.AsSpan(4, 17)));
        return chunk;
    }

    private static byte[] Claiming60000(byte[] jpeg)
    {
        var claiming = (byte[])jpeg.Clone();
        var frame = jpeg.AsSpan().IndexOf(new byte[] { 0xFF, 0xC0 }); // height and width stand 5 bytes on
        BinaryPrimitives.WriteUInt16BigEndian(claiming.AsSpan(frame + 5), 60_000);
        BinaryPrimitives.WriteUInt16BigEndian(claiming.AsSpan(frame + 7), 60_000);
        return claiming;
    }

    // Behind the start of the picture an APP1 segment with a TIFF directory of one entry: orientation (0x0112), a short, 6.
    private static byte[] Exif6()
    {
        var turned = OddInputs.Quarters(SKEncodedImageFormat.Jpeg, isTurned: true);
        byte[] directory = [0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0];
        byte[] content = [.. "Exif\0\0MM\0*\0\0\0\b"u8, .. directory];
        return [.. turned[..2], 0xFF, 0xE1, 0, (byte)(content.Length + 2), .. content, .. turned[2..]];
    }

    private static byte[] Constant(int width, int height, SKEncodedImageFormat format)
    {
        using var bitmap = new SKBitmap(width, height);
        bitmap.Erase(new SKColor(0x0A, 0xC8, 0x1E));
        using var data = bitmap.Encode(format, 90);
        return data.ToArray();
    }

    private static OddInput Picture(string name, string verdict, byte[] bytes, string detail = "") =>
        new("pictures/" + name, verdict, detail, bytes);
}
