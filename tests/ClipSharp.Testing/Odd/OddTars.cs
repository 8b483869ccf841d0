using System.IO.Compression;
using System.Text;

namespace ClipSharp.Testing.Odd;

/// <summary>Tars of every odd kind.</summary>
internal static class OddTars
{
    private static readonly byte[] Jpeg = OddInputs.Jpeg;

    /// <inheritdoc cref="OddInputs.MixedTar"/>
    public static byte[] Mixed() =>
        new TarBuilder().Pair("a").Pair("b", Jpeg[..(Jpeg.Length / 2)]).Pair("c", []).Add("d.jpg", Jpeg)
        .Add("d.txt", "\n").Pair("e").Pair("f", "<html>"u8.ToArray()).Pair("g").Add("h.jpg", Jpeg).Add("h.txt", " \n").Finish();

    public static IEnumerable<OddInput> All()
    {
        var two = new TarBuilder().Pair("a").Pair("b");
        var first = new TarBuilder().Pair("a").Unfinished().Length;
        yield return Tar("ok.tar", "2 samples", new TarBuilder().Pair("a").Pair("b").Finish());
        yield return Tar("missing_parts.tar", "2 samples",
            new TarBuilder().Pair("a").Add("b.jpg", Jpeg).Add("c.txt", "no picture").Pair("d").Finish());
        yield return Tar("duplicate_key.tar", "2+ samples", new TarBuilder().Pair("a").Pair("a").Pair("b").Pair("a").Finish());
        yield return Tar("interleaved.tar", "0 samples",
            new TarBuilder().Add("a.jpg", Jpeg).Add("b.jpg", Jpeg).Add("a.txt", "a").Add("b.txt", "b").Finish());
        yield return Tar("cut_mid_entry.tar", "1 sample, then: truncated shard", two.Unfinished()[..(first + 700)]);
        yield return Tar("cut_mid_header.tar", "1 sample, then: truncated shard", two.Unfinished()[..(first + 200)]);
        yield return Tar("no_end.tar", "2 samples", two.Unfinished());
        yield return Tar("one_end_block.tar", "1 or 2 samples", new TarBuilder().Pair("a").AddZeros(1).Pair("b").Finish());
        var damaged = new TarBuilder().Pair("a").Pair("b").Finish();
        damaged[first + 150] ^= 1; // a digit of b.jpg's sum
        yield return Tar("bad_checksum.tar", "1 sample, then: corrupt shard", damaged);
        yield return Tar("signed_checksum.tar", "1 sample",
            new TarBuilder().AddHeader("\u00C3\u00A9.jpg", Jpeg.Length, isSigned: true).AddContent(Jpeg)
            .AddHeader("\u00C3\u00A9.txt", 1, isSigned: true).AddContent("x"u8.ToArray()).Finish());
        yield return Tar("empty.tar", "0 samples", new TarBuilder().Finish());
        yield return Tar("zero_bytes.tar", "0 samples", []);
        yield return Tar("not_a_tar.tar", "error: not a tar",
            Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("<html>404</html>\n", 64))));
        yield return Tar("gzipped.tar.gz", "1 sample", Gzip(new TarBuilder().Pair("a").Finish()));
        var name = string.Concat(Enumerable.Repeat(new string('n', 49) + "/", 5)) + new string('n', 20);
        yield return Tar("pax_long_name.tar", "1 sample", new TarBuilder().AddPax(("path", name + ".jpg")).Add("x", Jpeg)
            .AddPax(("path", name + ".txt")).Add("y", "x").Finish());
        yield return Tar("gnu_long_name.tar", "1 sample",
            new TarBuilder().Add("L", Encoding.ASCII.GetBytes(name + ".jpg\0"), 'L').Add("x", Jpeg)
            .Add("L", Encoding.ASCII.GetBytes(name + ".txt\0"), 'L').Add("y", "x").Finish());
        Action<byte[]> prefix = header => Encoding.ASCII.GetBytes(new string('d', 120)).CopyTo(header, 345);
        yield return Tar("ustar_prefix.tar", "1 sample",
            new TarBuilder().AddHeader("x.jpg", Jpeg.Length, change: prefix).AddContent(Jpeg)
            .AddHeader("x.txt", 1, change: prefix).AddContent("x"u8.ToArray()).Finish());
        byte[] tenTerabytes = [0x80, 0, 0, 0, 0, 0, 0x09, 0x18, 0x4E, 0x72, 0xA0, 0];
        yield return Tar("base256_size.tar", "0 samples, then: truncated shard",
            new TarBuilder().AddHeader("a.jpg", 0, change: header => tenTerabytes.CopyTo(header, 124)).AddContent(Jpeg)
            .Unfinished());
        yield return Tar("traversal.tar", "5 samples when only streaming",
            new TarBuilder().Pair("../../x").Pair("/tmp/abs").Pair("a/../../y").Pair("c:\\z").Pair("ok").Finish());
        yield return Tar("links.tar", "2 samples",
            new TarBuilder().Pair("a").Add("b.jpg", [], '2').Add("b.txt", "b").Add("c.jpg", [], '1')
            .Add("c.txt", "c").Add("fifo", [], '6').Pair("d").Finish());
        yield return Tar("dotted_keys.tar", "1 sample",
            new TarBuilder().Pair("v1.0/a").Add("b.left.jpg", Jpeg).Add("b.txt", "b").Finish());
        yield return Tar("strays.tar", "2 samples",
            new TarBuilder().Add("./", [], '5').Pair("./a").Add("._a.jpg", "Mac").Add(".DS_Store", "x")
            .Add("README", "read").Pair("b").Finish());
        yield return Tar("mixed.tar", "3 samples", Mixed());
        yield return Tar("upper.tar", "1 sample", new TarBuilder().Add("A.JPG", Jpeg).Add("A.TXT", "a").Finish());
    }

    private static TarBuilder Pair(this TarBuilder tar, string key, byte[]? picture = null) =>
        tar.Add(key + ".jpg", picture ?? Jpeg).Add(key + ".txt", "a red car\n");

    private static OddInput Tar(string name, string verdict, byte[] bytes) => new("tars/" + name, verdict, "", bytes);

    private static byte[] Gzip(byte[] bytes)
    {
        using var zipped = new MemoryStream();
        using (var gzip = new GZipStream(zipped, CompressionLevel.Fastest))
        {
            gzip.Write(bytes);
        }

        return zipped.ToArray();
    }
}
