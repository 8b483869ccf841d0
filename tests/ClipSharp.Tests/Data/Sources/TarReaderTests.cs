using System.Text;
using ClipSharp.Data.Index;
using ClipSharp.Data.Sources;

namespace ClipSharp.Tests.Data.Sources;

public sealed class TarReaderTests
{
    [Fact]
    public void A_cut_at_any_byte_delivers_what_was_whole_and_says_so()
    {
        var whole = new TarBuilder().Add("a.jpg", "AAAA").Add("a.txt", new string('a', 600)).Add("b.jpg", "B").Unfinished();
        long[] ends = [512 + 4, 1536 + 600, 3072 - 512 + 512 + 1];
        for (var length = 0; length < whole.Length; length++)
        {
            var (entries, reader) = Walk(whole[..length]);

            Assert.Equal(ends.Count(e => e <= length), entries.Count);
            // Between two entries, and where only padding is gone, a cut looks like an end without end blocks.
            var isSilent = length % 512 == 0 && reader.Fault is null
                || ends.Any(e => length >= e && length < (e + 511) / 512 * 512);
            Assert.True(isSilent || reader.Fault?.Reason == SkipReason.TruncatedShard, $"cut at {length}: {reader.Fault}");
            Assert.False(reader.HasEnd);
        }
    }

    [Theory]
    [InlineData("0", true)] // a plain file
    [InlineData("7", true)] // contiguous, as plain
    [InlineData("1", false)]
    [InlineData("2", false)]
    [InlineData("3", false)]
    [InlineData("6", false)]
    [InlineData("V", false)]
    public void Only_regular_files_have_data(string type, bool isFile)
    {
        var tar = new TarBuilder().AddHeader("x.jpg", 0, type[0]).Add("y.jpg", "Y").Finish();

        var (entries, reader) = Walk(tar);

        Assert.Equal([("x.jpg", isFile), ("y.jpg", true)], entries.Select(e => (e.Name, e.IsFile)));
        Assert.True(reader.HasEnd);
        Assert.Null(reader.Fault);
    }

    [Fact]
    public void A_pax_size_replaces_the_size_of_the_header()
    {
        var tar = new TarBuilder().AddPax(("path", "folder/long.jpg"), ("size", "3")).AddHeader("short", 0)
            .Unfinished().Concat("abc"u8.ToArray()).Concat(new byte[509 + 1024]).ToArray();

        var entry = Assert.Single(Walk(tar).Entries);

        Assert.Equal(("folder/long.jpg", 3L), (entry.Name, entry.Length));
    }

    [Theory]
    [InlineData("path", "a\0b")]
    [InlineData("size", "-1")]
    [InlineData("size", "99999999999999999999")]
    [InlineData("GNU.sparse.major", "1")]
    public void A_pax_header_that_cannot_be_followed_is_a_damaged_shard(string key, string value)
    {
        var (entries, reader) = Walk(new TarBuilder().AddPax((key, value)).Add("x.jpg", "X").Finish());

        Assert.Empty(entries);
        Assert.Equal(SkipReason.CorruptShard, reader.Fault?.Reason);
    }

    [Theory]
    [InlineData("99 path=x.jpg\n")] // longer than the header is
    [InlineData("3 path=x.jpg\n")]
    [InlineData("path=x.jpg\n")]
    [InlineData("14 path=x.jpg")] // no line end
    public void A_pax_record_of_another_length_is_a_damaged_shard(string record)
    {
        var (entries, reader) = Walk(new TarBuilder().Add("pax", Encoding.UTF8.GetBytes(record), 'x').Add("x.jpg", "X").Finish());

        Assert.Empty(entries);
        Assert.Equal(SkipReason.CorruptShard, reader.Fault?.Reason);
    }

    [Fact]
    public void A_pax_size_beyond_the_file_makes_no_buffer_and_is_a_cut()
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        var (entries, reader) = Walk(new TarBuilder().AddPax(("size", "9000000000000000000")).Add("x.jpg", "X").Finish());

        Assert.Empty(entries);
        Assert.Equal(SkipReason.TruncatedShard, reader.Fault?.Reason);
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 1 << 20);
    }

    [Fact]
    public void Names_that_differ_in_bytes_stay_different()
    {
        var (entries, _) = Walk(new TarBuilder().Add("\u00E9.jpg", "1").Add("\u00E8.txt", "2").Finish()); // Latin-1 bytes

        Assert.Equal([@"\xE9.jpg", @"\xE8.txt"], entries.Select(e => e.Name));
    }

    [Fact]
    public void Entries_after_the_end_are_reported()
    {
        var tar = new TarBuilder().Add("a.jpg", "1").AddZeros(2).Add("b.jpg", "2").Finish();

        var (entries, reader) = Walk(tar);

        Assert.Single(entries);
        Assert.True(reader.HasDataAfterEnd);
    }

    [Fact]
    public void A_long_name_with_nothing_behind_it_is_a_damaged_shard()
    {
        var (_, reader) = Walk(new TarBuilder().AddPax(("path", "x.jpg")).Finish());

        Assert.Equal(SkipReason.CorruptShard, reader.Fault?.Reason);
    }

    [Fact]
    public void A_long_name_over_the_limit_is_refused()
    {
        var (_, reader) = Walk(new TarBuilder().Add("L", new byte[70_000], 'L').Add("x.jpg", "X").Finish());

        Assert.Equal(SkipReason.CorruptShard, reader.Fault?.Reason);
    }

    private static (List<TarEntry> Entries, TarReader Reader) Walk(byte[] tar)
    {
        var reader = new TarReader(new MemoryStream(tar));
        var entries = new List<TarEntry>();
        while (reader.TryNext(out var entry))
        {
            entries.Add(entry);
        }

        return (entries, reader);
    }
}
