using System.Formats.Tar;
using System.Text;
using ClipSharp.Data;

namespace ClipSharp.Tests.Data;

public sealed class ShardWriterTests
{
    [Fact]
    public void Members_stand_by_key_and_then_extension_and_another_reader_agrees()
    {
        using var folder = new TemporaryFolder();
        var path = folder["0.tar"];
        var large = Enumerable.Range(0, 1025).Select(i => (byte)i).ToArray();
        ShardWriter.Write(path, [new("b", "txt", "two"u8.ToArray()), new("a-b", "png", large), new("a", "txt", default),
            new("a", "json", new byte[512])]);

        using var stream = File.OpenRead(path);
        using var reader = new System.Formats.Tar.TarReader(stream);
        var read = new List<string>();
        while (reader.GetNextEntry() is { } entry)
        {
            Assert.Equal(TarEntryFormat.Ustar, entry.Format);
            Assert.Equal(DateTimeOffset.UnixEpoch, entry.ModificationTime);
            read.Add($"{entry.Name} {entry.Length}");
            if (entry.Name == "a-b.png")
            {
                var bytes = new byte[large.Length];
                entry.DataStream!.ReadExactly(bytes);
                Assert.Equal(large, bytes);
            }
        }

        Assert.Equal(["a.json 512", "a.txt 0", "a-b.png 1025", "b.txt 3"], read);
        Assert.Equal(0, stream.Length % 512);
    }

    [Fact]
    public void Our_reader_walks_to_the_end()
    {
        using var folder = new TemporaryFolder();
        var path = folder["0.tar"];
        ShardWriter.Write(path, [new("a", "txt", "one"u8.ToArray())]);

        using var stream = File.OpenRead(path);
        var reader = new ClipSharp.Data.Sources.TarReader(stream);
        Assert.True(reader.TryNext(out var entry));
        Assert.Equal("a.txt", entry.Name);
        Assert.False(reader.TryNext(out _));
        Assert.True(reader.HasEnd);
        Assert.Null(reader.Fault);
    }

    [Theory]
    [InlineData("a b")]
    [InlineData("ä")]
    public void A_name_that_not_every_reader_takes_is_refused(string key)
    {
        using var folder = new TemporaryFolder();
        var path = folder["0.tar"];
        Assert.Throws<ArgumentException>(() => ShardWriter.Write(path, [new(key, "txt", default)]));
        Assert.False(File.Exists(path));
    }

    [Fact]
    public void A_long_name_and_a_repeated_one_are_refused()
    {
        using var folder = new TemporaryFolder();
        var path = folder["0.tar"];
        Assert.Throws<ArgumentException>(() => ShardWriter.Write(path, [new(new string('a', 97), "txt", default)]));
        Assert.Throws<ArgumentException>(() => ShardWriter.Write(path, [new("a", "txt", default), new("a", "txt", default)]));
        ShardWriter.Write(path, [new(new string('a', 96), "txt", Encoding.UTF8.GetBytes("longest"))]);
    }
}
