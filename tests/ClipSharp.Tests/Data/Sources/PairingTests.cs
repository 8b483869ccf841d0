using System.Text;
using ClipSharp.Data.Index;
using ClipSharp.Data.Pictures;
using ClipSharp.Testing.Odd;

namespace ClipSharp.Tests.Data.Sources;

/// <summary>No wrong pair, no silent loss, whatever happens to the members of a shard.</summary>
public sealed class PairingTests
{
    private static readonly string[] Members = ["a.jpg", "a.txt", "b.jpg", "b.txt", "c.jpg", "c.txt"];

    [Fact]
    public void Each_member_removed_loses_its_own_sample_only()
    {
        foreach (var removed in Members)
        {
            var index = Index(Members.Where(m => m != removed));

            Assert.Equal("abc".Replace(removed[..1], "", StringComparison.Ordinal), Keys(index));
            Assert.Equal(removed.EndsWith("jpg", StringComparison.Ordinal) ? "1 NoPicture" : "1 NoCaption",
                index.Skips.ToString());
        }
    }

    [Fact]
    public void Each_member_repeated_anywhere_pairs_no_two_keys()
    {
        foreach (var repeated in Members)
        {
            for (var place = 0; place <= Members.Length; place++)
            {
                List<string> order = [.. Members];
                order.Insert(place, repeated);
                var index = Index(order);

                AssertTrue(index, order);
                Assert.True(index.Count >= 2, $"{string.Join(' ', order)}: {Keys(index)}, {index.Skips}");
                Assert.True(index.Skips.Total + index.Count >= 3);
            }
        }
    }

    [Fact]
    public void A_member_repeated_beside_itself_is_named_as_the_cause()
    {
        var index = Index(["a.jpg", "a.txt", "a.txt", "b.jpg", "b.txt"]);

        Assert.Equal("ab", Keys(index));
        Assert.Equal("1 RepeatedMember", index.Skips.ToString());
    }

    [Fact]
    public void No_order_of_the_members_pairs_two_keys()
    {
        var count = 0;
        foreach (var order in Orders(Members))
        {
            var index = Index(order);
            AssertTrue(index, order);
            // Every member is in a sample or in a counted piece.
            var runs = order.Where((m, i) => i == 0 || order[i - 1][0] != m[0]).Count();
            Assert.Equal(runs, index.Count + index.Skips.Total);
            count++;
        }

        Assert.Equal(720, count);
    }

    [Fact]
    public void A_cut_takes_the_sample_it_runs_through_and_no_other()
    {
        using var folder = new TemporaryFolder();
        var pair = new TarBuilder().Add("a.jpg", "JPG a").Add("a.txt", "TXT a");
        var within = Indexing.Gather(folder.Write("0.tar", pair.AddHeader("a.json", 99).Unfinished()));
        Assert.Equal((0, "1 TruncatedShard"), (within.Count, within.Skips.ToString()));

        var behind = Indexing.Gather(folder.Write("1.tar",
            new TarBuilder().Add("a.jpg", "JPG a").Add("a.txt", "TXT a").AddHeader("b.jpg", 99).Unfinished()));
        Assert.Equal((1, "1 TruncatedShard"), (behind.Count, behind.Skips.ToString()));
        Assert.Contains("at byte 2048", behind.Skips.Examples[0].ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_sample_with_a_class_before_a_damaged_spot_stays()
    {
        using var folder = new TemporaryFolder();
        var tar = new TarBuilder().Add("a.cls", "3").Add("a.jpg", "A").Add("b.cls", "4").Finish();
        Array.Fill(tar, (byte)0xFF, 4 * 512, 512); // the third header

        var index = Indexing.Gather(folder.Write("0.tar", tar));

        Assert.Equal(1, index.Count);
        Assert.Equal(1, index.Skips.Total);
    }

    [Fact]
    public void A_shard_without_an_end_is_read_whole_and_remarked()
    {
        using var folder = new TemporaryFolder();
        var index = Indexing.Gather(folder.Write("0.tar",
            new TarBuilder().Add("a.jpg", "JPG a").Add("a.txt", "TXT a").Unfinished()));

        Assert.Equal((1, "nothing"), (index.Count, index.Skips.ToString()));
        Assert.Contains("no end-of-archive block", Assert.Single(index.Notes), StringComparison.Ordinal);
    }

    [Fact]
    public void Equal_keys_in_two_shards_do_not_meet()
    {
        using var folder = new TemporaryFolder();
        var first = folder.Write("0.tar", new TarBuilder().Add("a.jpg", "JPG a").Finish());
        var second = folder.Write("1.tar", new TarBuilder().Add("a.txt", "TXT a").Finish());

        Assert.Equal("1 NoCaption, 1 NoPicture", Indexing.Gather(first, second).Skips.ToString());
    }

    [Fact]
    public void A_shard_that_changed_after_indexing_gives_no_picture()
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("0.tar", Tar(Members));
        var index = Indexing.Gather(path);
        using var reader = new PictureReader(index);
        Assert.True(reader.TryRead(0, out _, out _));

        File.SetLastWriteTimeUtc(path, DateTime.UtcNow.AddMinutes(1));
        Assert.False(reader.TryRead(0, out _, out var detail));
        Assert.Contains("changed", detail, StringComparison.Ordinal);

        // The same length and another content under the same name, opened anew.
        folder.Write("0.tar", Tar(["c.jpg", "c.txt", "b.jpg", "b.txt", "a.jpg", "a.txt"]));
        using var later = new PictureReader(index);
        Assert.False(later.TryRead(0, out _, out _));
    }

    [Fact]
    public void Two_thousand_damaged_tars_end_in_values_or_a_refusal()
    {
        using var folder = new TemporaryFolder();
        var seed = new TarBuilder().AddPax(("path", "long/a.jpg")).Add("x", "JPG a").Add("long/a.txt", "TXT a\n")
            .Add("L", "a-long-name.png\0"u8.ToArray(), 'L').Add("y", "PNG a").Add("a-long-name.json", """{"captions":["TXT a"]}""")
            .Add("b.jpg", "JPG b").Add("b.cls", "3").Add("b.txt", "TXT b").Finish();
        var damaged = 0;
        void Read(byte[] tar)
        {
            var index = Indexing.Build(folder.Write("m.tar", tar));
            damaged += index.Skips.Total > 0 ? 1 : 0;
        }

        var report = Mutations.Run(seed, Read, count: 1000);
        Assert.Contains("Not a tar", report.Refusals.Keys);

        // With checksums made right again the damage gets past the first door.
        damaged = 0;
        report = Mutations.Run(seed, tar => Read(WithRightChecksums(tar)), count: 1000, seed: 2);
        Assert.True(damaged > 100 && report.Accepted > 500, $"{damaged} damaged, {report.Accepted} accepted");
    }

    private static byte[] WithRightChecksums(byte[] tar)
    {
        for (var header = 0; header + 512 <= tar.Length; header += 512)
        {
            var block = tar.AsSpan(header, 512);
            if (block.Slice(257, 5).SequenceEqual("ustar"u8))
            {
                "        "u8.CopyTo(block[148..]);
                Encoding.ASCII.GetBytes(Convert.ToString(block.ToArray().Sum(b => b), 8).PadLeft(6, '0') + "\0 ")
                    .CopyTo(block[148..]);
            }
        }

        return tar;
    }

    private static byte[] Tar(IEnumerable<string> members)
    {
        var tar = new TarBuilder();
        foreach (var member in members)
        {
            tar.Add(member, member[2..].ToUpperInvariant() + " " + member[0]);
        }

        return tar.Finish();
    }

    private static SampleIndex Index(IEnumerable<string> members)
    {
        using var folder = new TemporaryFolder();
        var index = Indexing.Gather(folder.Write("0.tar", Tar(members)));
        using var reader = new PictureReader(index);
        for (var i = 0; i < index.Count; i++)
        {
            Assert.True(reader.TryRead(i, out var bytes, out var detail), detail);
            Assert.Equal("JPG " + index.Key(i), Encoding.ASCII.GetString(bytes));
        }

        return index;
    }

    private static string Keys(SampleIndex index) => string.Concat(Enumerable.Range(0, index.Count).Select(index.Key));

    private static void AssertTrue(SampleIndex index, IEnumerable<string> order)
    {
        for (var i = 0; i < index.Count; i++)
        {
            Assert.True(index.Captions(i) is ["TXT a" or "TXT b" or "TXT c"]
                && index.Captions(i)[0].EndsWith(index.Key(i), StringComparison.Ordinal),
                $"{string.Join(' ', order)}: {index.Key(i)} with {string.Join('|', index.Captions(i).ToArray())}");
        }
    }

    private static IEnumerable<string[]> Orders(string[] items) =>
        items.Length == 1
            ? [items]
            : items.SelectMany(i => Orders([.. items.Where(o => o != i)]).Select(rest => (string[])[i, .. rest]));
}
