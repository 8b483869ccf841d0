using System.Globalization;
using System.Text.RegularExpressions;
using ClipSharp.Data;
using ClipSharp.Data.Index;
using ClipSharp.Testing.Odd;

namespace ClipSharp.Tests.Data;

/// <summary>What becomes of odd tars and texts, drawn ones and those of data/bad.</summary>
public sealed partial class ExpectedVerdictsTests
{
    // What the table leaves open is decided here: one sample count a tar.
    private static readonly Dictionary<string, int> Chosen = new()
    {
        ["tars/duplicate_key.tar"] = 4,
        ["tars/one_end_block.tar"] = 2,
        ["tars/traversal.tar"] = 5,
    };

    // Reasons each tar must report, and no others.
    private static readonly Dictionary<string, string> Reasons = new()
    {
        ["tars/missing_parts.tar"] = "1 NoCaption, 1 NoPicture",
        ["tars/interleaved.tar"] = "2 NoCaption, 2 NoPicture",
        ["tars/cut_mid_entry.tar"] = "1 TruncatedShard",
        ["tars/cut_mid_header.tar"] = "1 TruncatedShard",
        ["tars/bad_checksum.tar"] = "1 CorruptShard",
        ["tars/base256_size.tar"] = "1 TruncatedShard",
        ["tars/links.tar"] = "2 NoPicture",
        ["tars/dotted_keys.tar"] = "1 NoPicture",
    };

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Every_tar_ends_as_the_table_says(bool isShared)
    {
        using var folder = new TemporaryFolder();
        // needs the decoder
        foreach (var (file, verdict, _, bytes) in Inputs("tars/", isShared).Where(row => row.File != "tars/mixed.tar"))
        {
            var shard = folder.Write(Path.GetFileName(file), bytes);
            if (verdict.StartsWith("error", StringComparison.Ordinal) && !Chosen.ContainsKey(file))
            {
                Assert.Contains("Not a tar", Assert.Throws<ClipException>(() => Gather(shard)).Message,
                    StringComparison.Ordinal);
                continue;
            }

            var index = Gather(shard);
            var count = Chosen.TryGetValue(file, out var chosen)
                ? chosen
                : int.Parse(Number().Match(verdict).Value, CultureInfo.InvariantCulture);
            Assert.True(count == index.Count, $"{file}: {index.Count} samples, {verdict}; skipped {index.Skips}");
            var ending = verdict.Contains("then: truncated shard", StringComparison.Ordinal) ? SkipReason.TruncatedShard
                : verdict.Contains("then: corrupt shard", StringComparison.Ordinal) ? SkipReason.CorruptShard
                : (SkipReason?)null;
            Assert.True(ending is null || index.Skips.Count(ending.Value) == 1, $"{file}: {index.Skips}");
            Assert.Equal((file, Reasons.GetValueOrDefault(file, "nothing")), (file, index.Skips.ToString()));
        }

        SampleIndex Gather(string shard) => Indexing.Gather([shard], new DataOptions { ShardCache = folder["cache"] });
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Every_text_is_read_as_the_table_says(bool isShared)
    {
        using var folder = new TemporaryFolder();
        foreach (var (file, verdict, detail, bytes) in Inputs("texts/", isShared))
        {
            var tar = new TarBuilder().Add("a.jpg", OddInputs.Jpeg).Add("a" + Path.GetExtension(file), bytes).Finish();
            var index = Indexing.Gather([folder.Write("a.tar", tar)], new DataOptions { CaptionLines = true });

            if (verdict.StartsWith("accept", StringComparison.Ordinal))
            {
                Assert.True(index.Count == 1, $"{file}: {index.Skips}");
                Assert.Equal((file, detail.StartsWith("two captions", StringComparison.Ordinal) ? 2 : 1),
                    (file, index.CaptionCount));
            }
            else
            {
                Assert.Equal(0, index.Count);
                var reason = verdict == "skip: bad text" ? SkipReason.BadText : SkipReason.NoCaption;
                Assert.True(index.Skips.Count(reason) == 1, $"{file}: {index.Skips}");
            }

            foreach (var caption in index.Count > 0 ? index.Captions(0).ToArray() : [])
            {
                Assert.DoesNotContain(caption, c => c is '\uFEFF' or '\r' or '\0');
                Assert.Equal(caption.Trim(), caption);
            }

            Assert.Equal((file, file is "texts/invalid_utf8.txt" or "texts/latin1.txt" ? 1 : 0), (file, index.RepairedTexts));
        }
    }

    [Theory]
    [InlineData("pax_long_name.tar", 274)]
    [InlineData("gnu_long_name.tar", 274)]
    [InlineData("ustar_prefix.tar", 126)]
    [InlineData("dotted_keys.tar", 10)]
    public void A_long_name_is_the_whole_key(string file, int nameLength)
    {
        using var folder = new TemporaryFolder();
        var drawn = Inputs("tars/", isShared: false).Single(tar => tar.File == "tars/" + file);

        var key = Indexing.Gather(folder.Write(file, drawn.Bytes)).Key(0);

        Assert.Equal(nameLength - ".jpg".Length, key.Length);
        Assert.True(file != "dotted_keys.tar" || key == "v1.0/a", key);
        Assert.True(file != "ustar_prefix.tar"
            || (key.StartsWith("ddd", StringComparison.Ordinal) && key.EndsWith("d/x", StringComparison.Ordinal)), key);
    }

    private static List<OddInput> Inputs(string folder, bool isShared)
    {
        var inputs = OddInputs.All(isShared).Where(input => input.File.StartsWith(folder, StringComparison.Ordinal)).ToList();
        Assert.True(inputs.Count >= 16, $"{inputs.Count} in {folder}");
        return inputs;
    }

    [GeneratedRegex("[0-9]+")]
    private static partial Regex Number();
}
