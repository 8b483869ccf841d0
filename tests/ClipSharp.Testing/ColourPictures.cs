using System.Formats.Tar;
using SkiaSharp;

namespace ClipSharp.Testing;

/// <summary>Pictures of one colour, for <see cref="ColourEncoder"/>.</summary>
public static class ColourPictures
{
    /// <summary>The classes.</summary>
    public static IReadOnlyList<string> Names { get; } = ["red", "green", "blue"];

    /// <summary>A PNG of a class's colour, of many shades.</summary>
    public static byte[] Png(int colour, int shade = 0)
    {
        using var bitmap = new SKBitmap(20, 20);
        var level = (byte)(255 - (shade % 64));
        bitmap.Erase(new SKColor(colour == 0 ? level : (byte)0, colour == 1 ? level : (byte)0, colour == 2 ? level : (byte)0));
        using var data = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        return data.ToArray();
    }

    /// <summary>A JPEG of waves, coarse and fine, in all colours: baseline, one scan, quality 90.</summary>
    public static byte[] Jpeg(int width, int height)
    {
        using var bitmap = new SKBitmap(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque);
        bitmap.Pixels = [.. Enumerable.Range(0, width * height).Select(i =>
        {
            var (y, x) = Math.DivRem(i, width);
            return new SKColor(Level(x / 37.0), Level((y / 53.0) + (x / 3.0)), Level((x + y) / 11.0));
        })];
        using var data = bitmap.Encode(SKEncodedImageFormat.Jpeg, 90);
        return data.ToArray();

        static byte Level(double phase) => (byte)(128 + (100 * Math.Sin(phase)));
    }

    /// <summary>Writes a split in CLIP_benchmark's layout into <c>folder/colours/test</c>, class names beside it; picture i has
    /// class i % 3 and two captions; those of <paramref name="broken"/> are no pictures.</summary>
    /// <returns>The split's folder.</returns>
    public static string WriteSplit(TemporaryFolder folder, int count, params int[] broken) =>
        WriteNamed(folder, "test", count, broken);

    /// <summary>The same as a split of another name.</summary>
    public static string WriteNamed(TemporaryFolder folder, string name, int count, params int[] broken)
    {
        ArgumentNullException.ThrowIfNull(folder);
        var split = folder[$"colours/{name}"];
        Directory.CreateDirectory(split);
        File.WriteAllText(folder["colours/classnames.txt"], string.Join('\n', Names));
        File.WriteAllText(Path.Combine(split, "nshards.txt"), "1");
        using var tar = new TarWriter(File.Create(Path.Combine(split, "0.tar")));
        for (var i = 0; i < count; i++)
        {
            Add(tar, $"{i:000}.png", broken.Contains(i) ? "<html>"u8.ToArray() : Png(i % 3, i));
            Add(tar, $"{i:000}.cls", System.Text.Encoding.ASCII.GetBytes($"{i % 3}"));
            Add(tar, $"{i:000}.txt", System.Text.Encoding.UTF8.GetBytes($"a {Names[i % 3]} square\nsomething {Names[i % 3]}\n"));
        }

        return split;
    }

    private static void Add(TarWriter tar, string name, byte[] content) =>
        tar.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(content) });
}
