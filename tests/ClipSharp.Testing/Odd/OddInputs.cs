using System.Text;
using SkiaSharp;

namespace ClipSharp.Testing.Odd;

/// <summary>Pictures, texts and tars of every odd kind, drawn here so that no test needs files that a fresh clone lacks; and
/// those of the reference data, which other programs wrote.</summary>
public static class OddInputs
{
    /// <summary>A JPEG of 48 × 32 in four quarters: red, green, blue, yellow.</summary>
    public static byte[] Jpeg { get; } = Quarters(SKEncodedImageFormat.Jpeg);

    /// <summary>The same as a PNG.</summary>
    public static byte[] Png { get; } = Quarters(SKEncodedImageFormat.Png);

    /// <summary>A tar of eight samples: a, e and g are whole; b is cut, c empty, f no picture; d and h have no caption.</summary>
    public static byte[] MixedTar { get; } = OddTars.Mixed();

    /// <summary>One of those drawn here, such as "tars/mixed.tar".</summary>
    public static byte[] Bytes(string file) => All(isShared: false).Single(input => input.File == file).Bytes;

    /// <summary>All of the reference data, or those drawn here.</summary>
    public static IEnumerable<OddInput> All(bool isShared) => isShared
        ? File.ReadLines(SharedFiles.Data("bad/expected.tsv")).Skip(1).Select(line => line.Split('\t'))
            .Select(row => new OddInput(row[0], row[2], row[3], File.ReadAllBytes(SharedFiles.Data("bad/" + row[0]))))
        : [.. OddPictures.All(), .. Texts(), .. OddTars.All()];

    /// <summary>A picture in four quarters.</summary>
    /// <param name="format">JPEG, PNG or WebP.</param>
    /// <param name="isTurned">Whether it lies on its side, as a camera stores it that was held upright: EXIF's orientation 6 sets
    /// it up.</param>
    internal static byte[] Quarters(SKEncodedImageFormat format, bool isTurned = false)
    {
        using var bitmap = isTurned ? new SKBitmap(32, 48) : new SKBitmap(48, 32);
        using var canvas = new SKCanvas(bitmap);
        var (width, height) = (bitmap.Width / 2, bitmap.Height / 2);
        uint[] colours = isTurned
            ? [0xFF28B43C, 0xFFE6C828, 0xFFC82828, 0xFF283CC8]
            : [0xFFC82828, 0xFF28B43C, 0xFF283CC8, 0xFFE6C828];
        foreach (var (quarter, colour) in colours.Index())
        {
            using var paint = new SKPaint { Color = colour };
            canvas.DrawRect(quarter % 2 * width, quarter / 2 * height, width, height, paint);
        }

        using var data = bitmap.Encode(format, 90);
        return data.ToArray();
    }

    private static IEnumerable<OddInput> Texts()
    {
        yield return Text("invalid_utf8.txt", "accept", "", [.. "a dog "u8, 0xFF, 0xFE, .. " on "u8, 0xC3, .. "( grass\n"u8]);
        yield return Text("latin1.txt", "accept", "", Encoding.Latin1.GetBytes("un caf\u00E9 \u00E0 Paris\n"));
        yield return Text("bom.txt", "accept", "", [0xEF, 0xBB, 0xBF, .. "a red car\n"u8]);
        yield return Text("crlf.txt", "accept", "two captions", "a red car\r\na blue car\r\n"u8);
        yield return Text("no_newline.txt", "accept", "", "a red car"u8);
        yield return Text("blank_lines.txt", "accept", "two captions", "\n\na red car\n   \n\na blue car\n\n"u8);
        yield return Text("empty.txt", "skip: no caption", "", ""u8);
        yield return Text("spaces.txt", "skip: no caption", "", "  \t \n \n"u8);
        yield return Text("nul.txt", "accept", "", "a red\0car\n"u8);
        yield return Text("long.txt", "accept", "",
            Encoding.UTF8.GetBytes(string.Join(' ', Enumerable.Range(0, 3000).Select(i => $"word{i}"))));
        yield return Text("marks.txt", "accept", "",
            "cafe\u0301 \u202Enalp\u202C \U0001F469\u200D\U0001F680 &amp;amp; fi\u0301sh\n"u8);
        yield return Text("special_tokens.txt", "accept", "", "<|startoftext|> a cat <|endoftext|> and a dog\n"u8);
        yield return Text("cut.json", "skip: bad text", "", """{"id": "x", "captions": ["a red car", "a bl"""u8);
        yield return Text("wrong_type.json", "accept", "", """{"id": 7, "captions": "a red car"}"""u8);
        yield return Text("no_captions.json", "skip: no caption", "", """{"id": "x"}"""u8);
        yield return Text("mixed.json", "accept", "two captions", """{"id": "x", "captions": ["a red car", null, 5, "", "  ", "a blue car"]}"""u8);
    }

    private static OddInput Text(string name, string verdict, string detail, ReadOnlySpan<byte> bytes) =>
        new("texts/" + name, verdict, detail, bytes.ToArray());
}
