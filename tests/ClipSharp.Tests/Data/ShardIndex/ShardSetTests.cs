using ClipSharp.Data;
using ClipSharp.Data.Index;
using ClipSharp.Data.Sets;
using ClipSharp.Data.ShardIndex;
using ClipSharp.Data.Sources;
using ClipSharp.Files.Reading;
using ClipSharp.Images.Decoding;
using ClipSharp.Testing.Odd;

namespace ClipSharp.Tests.Data.ShardIndex;

/// <summary>Shards by their indexes on the disk are the same set as shards read into memory.</summary>
public sealed class ShardSetTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        SteadyRead.Trial.Value = null;
        _folder.Dispose();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Odd_tars_are_what_they_are_in_memory_made_and_opened_again(bool isShared)
    {
        var tars = OddInputs.All(isShared).Where(input => input.File.StartsWith("tars/", StringComparison.Ordinal)).ToList();
        Assert.True(tars.Count >= 20);
        string[] shards = [.. tars.Select(tar => _folder.Write(Path.GetFileName(tar.File), tar.Bytes))];

        var samples = RequireEqual(shards, new DataOptions());

        Assert.True(samples >= 30, $"{samples}");
    }

    [Fact]
    public void Odd_texts_are_what_they_are_in_memory()
    {
        string[] shards = [.. OddInputs.All(isShared: false)
            .Where(input => input.File.StartsWith("texts/", StringComparison.Ordinal))
            .Select(text => _folder.Write(Path.GetFileName(text.File) + ".tar", new TarBuilder().Add("a.jpg", OddInputs.Jpeg)
                .Add("a" + Path.GetExtension(text.File), text.Bytes).Finish()))];

        RequireEqual(shards, new DataOptions());
        RequireEqual(shards, new DataOptions { CaptionLines = true });
        RequireEqual(shards, new DataOptions { JsonTextKeys = ["captions", "caption"], JsonTextKeyProbs = [0.3, 0.7] });
    }

    [Fact]
    public void Members_in_other_orders_are_what_they_are_in_memory()
    {
        string[] members = ["a.jpg", "a.txt", "b.jpg", "b.txt", "b.txt", "c.jpg", ".DS_Store", "c.txt", "d/", "a.json"];
        var random = new RandomStream(5, RandomPurpose.Resampling);
        string[] shards = [.. Enumerable.Range(0, 60).Select(number =>
        {
            random.Shuffle(members.AsSpan());
            var tar = new TarBuilder();
            foreach (var member in members)
            {
                tar.Add(member, member == "a.json" ? """{"caption": "json"}"""u8.ToArray() : OddInputs.Bytes("texts/bom.txt"));
            }

            return _folder.Write($"{number:00}.tar", tar.Finish());
        })];

        RequireEqual(shards, new DataOptions());
    }

    [Fact]
    public void Damaged_tars_are_what_they_are_in_memory()
    {
        var seed = new TarBuilder().AddPax(("path", "long/a.jpg")).Add("x", "JPG a").Add("long/a.txt", "TXT a\n")
            .Add("L", "a-long-name.png\0"u8.ToArray(), 'L').Add("y", "PNG a")
            .Add("a-long-name.json", """{"captions":["TXT a"]}""")
            .Add("b.jpg", "JPG b").Add("b.cls", "3").Add("b.txt", "TXT b").Finish();
        var count = 0;
        var shards = new List<string>();
        Mutations.Run(seed, tar => shards.Add(_folder.Write($"{count++:000}.tar", tar)), count: 150);

        RequireEqual([.. shards], new DataOptions());
    }

    [Fact]
    public void The_sets_of_the_reference_are_what_they_are_in_memory()
    {
        string[] shards = [.. new[] { "flickr8k/val", "emoji/val_both" }
            .SelectMany(folder => DataPattern.Expand(SharedFiles.Data(folder)))];

        Assert.True(RequireEqual(shards, new DataOptions { CaptionLines = true }) > 500);
    }

    [Fact]
    public void A_film_beside_a_picture_is_not_read_with_it()
    {
        var film = new byte[ShardReader.MostAtOnce + 1];
        string[] shards = [_folder.Write("0.tar", new TarBuilder().Pair("a").Add("b.jpg", OddInputs.Jpeg).Add("b.mp4", film)
            .Add("b.txt", "b").Pair("c").Finish())];

        RequireEqual(shards, new DataOptions());
        var set = Shards.Open(_folder, shards);
        Assert.Equal(0, set.BytesOfRun(1, 1));
        Assert.True(set.BytesOfRun(2, 1) > 0);
    }

    [Fact]
    public void A_shard_that_changed_is_read_anew_and_told_and_another_way_of_reading_has_its_own_index()
    {
        var first = _folder.Write("0.tar", new TarBuilder().Pair("a").Finish());
        var second = _folder.Write("1.tar", new TarBuilder().Pair("b").Finish());
        var before = Shards.Open(_folder, [first, second]);
        Assert.Equal([ShardIndexOrigin.New, ShardIndexOrigin.New], before.Shards.Select(shard => shard.Origin));
        Assert.Equal(before.Fingerprint, Shards.Open(_folder, [first, second]).Fingerprint);
        Assert.NotEqual(before.Fingerprint, Shards.Open(_folder, [second, first]).Fingerprint);

        _folder.Write("1.tar", new TarBuilder().Pair("c").Finish());
        File.SetLastWriteTimeUtc(second, DateTime.UtcNow.AddMinutes(1));
        var after = Shards.Open(_folder, [first, second]);

        Assert.Equal([ShardIndexOrigin.Kept, ShardIndexOrigin.Anew], after.Shards.Select(shard => shard.Origin));
        Assert.Contains("1 of 2 shards was damaged or of another state", Assert.Single(after.Notes), StringComparison.Ordinal);
        Assert.NotEqual(before.Fingerprint, after.Fingerprint);
        Assert.All(Shards.Open(_folder, [first], new DataOptions { CaptionLines = true }).Shards,
            shard => Assert.Equal(ShardIndexOrigin.New, shard.Origin));
        Assert.All(Shards.Open(_folder, [first, second]).Shards, shard => Assert.Equal(ShardIndexOrigin.Kept, shard.Origin));

        using var reader = before.OpenReader();
        Assert.False(reader.TryRead(1, DecodeLimits.Default, out _, out _, out var detail));
        Assert.Contains("changed", detail, StringComparison.Ordinal);
        Assert.Null(before.ReadRun(1, 1));
    }

    [Fact]
    public void Every_bit_of_an_index_may_flip_and_every_length_be_cut_and_the_set_stays_what_it_is()
    {
        var shard = _folder.Write("0.tar", OddInputs.MixedTar);
        var expected = Shards.Told(Shards.Open(_folder, [shard]));
        var index = Directory.GetFiles(_folder["index"], "*", SearchOption.AllDirectories).Single();
        var bytes = File.ReadAllBytes(index);
        var anew = 0;
        for (var place = 0; place < bytes.Length; place += 3)
        {
            var damaged = bytes.ToArray();
            damaged[place] ^= (byte)(1 << (place % 8));
            Require(damaged, verify: true);
            anew = Require(damaged, verify: false) ? anew + 1 : anew; // by its head and tail; a record when it is read
        }

        for (var length = 0; length < bytes.Length; length += 7)
        {
            Assert.True(Require(bytes[..length], verify: false));
        }

        Assert.True(Require([.. bytes, 0], verify: false));
        Assert.True(anew > bytes.Length / 6, $"{anew} of {bytes.Length / 3}");

        bool Require(byte[] content, bool verify)
        {
            File.WriteAllBytes(index, content);
            var set = Shards.Open(_folder, [shard], verify: verify);
            var isAnew = set.Shards[0].Origin == ShardIndexOrigin.Anew;
            Assert.True(isAnew || !verify);
            Assert.Equal(expected, Shards.Told(set).Where(line => !line.StartsWith("The index of", StringComparison.Ordinal)));
            Assert.Equal(bytes, File.ReadAllBytes(index));
            return isAnew;
        }
    }

    [Fact]
    public void A_number_of_samples_that_the_file_has_no_room_for_is_not_believed()
    {
        var shard = _folder.Write("0.tar", new TarBuilder().Pair("a").Finish());
        var header = Shards.Open(_folder, [shard]).Shards[0].Header;
        var index = Directory.GetFiles(_folder["index"], "*", SearchOption.AllDirectories).Single();
        ShardIndexHeader[] lies =
            [header with { Samples = 1L << 40 }, header with { TailLength = 1L << 40 }, header with { Samples = -1 }];
        foreach (var lie in lies)
        {
            File.WriteAllBytes(index, [.. lie.ToBytes(), .. new byte[16]]);
            Assert.Null(ShardIndexFile.TryOpen(index));
        }
    }

    [Fact]
    public void Where_no_index_can_be_kept_it_is_held_in_memory_and_that_is_told()
    {
        var shard = _folder.Write("0.tar", OddInputs.MixedTar);
        _folder.Write("file", "no folder");
        var kept = Shards.Open(_folder, [shard]);

        var held = Shards.Open(_folder, [shard], cache: "file/index");

        Assert.Contains("could not be kept", held.Notes[^1], StringComparison.Ordinal);
        Assert.Contains("--index-cache", held.Notes[^1], StringComparison.Ordinal);
        Assert.Equal(Shards.Told(kept),
            Shards.Told(held).Where(line => !line.Contains("could not be kept", StringComparison.Ordinal)));
    }

    [Fact]
    public void What_was_indexed_before_a_stop_stays()
    {
        var shards = Pairs(40);
        using var stop = new CancellationTokenSource();
        Assert.ThrowsAny<OperationCanceledException>(() => ShardSet.Open(shards, [], new DataOptions(), SampleNeed.Caption,
            _folder["index"], progress: progress => Stop(progress.Made), cancel: stop.Token));

        var set = Shards.Open(_folder, shards);

        Assert.Equal(40, set.Count);
        Assert.Contains(set.Shards, shard => shard.Origin == ShardIndexOrigin.Kept);

        void Stop(int made)
        {
            if (made > 0)
            {
                stop.Cancel();
            }
        }
    }

    [Fact]
    public void A_shard_that_a_disk_did_not_give_is_counted_and_tried_again_the_next_time()
    {
        var shards = Pairs(2);
        SteadyRead.Trial.Value = Shards.Away("1.tar");

        Assert.Equal(ClipError.InputOutput, Assert.Throws<ClipException>(() => Shards.Open(_folder, shards)).Kind);
        var lost = Shards.Open(_folder, shards, new DataOptions { SkipReadErrors = true });
        Assert.Equal((1, "1 ReadFailed"), (lost.Count, lost.Skips.ToString()));
        Assert.Empty(Directory.GetFiles(_folder["index"], "1.tar*", SearchOption.AllDirectories));

        SteadyRead.Trial.Value = null;
        Assert.Equal(2, Shards.Open(_folder, shards, new DataOptions { SkipReadErrors = true }).Count);
    }

    [Fact]
    public void Shards_of_which_nothing_is_of_use_are_refused_in_the_words_of_other_data()
    {
        var shard = _folder.Write("0.tar", new TarBuilder().Add("a.jpg", "A").Add("b.webp2", "B").Finish());

        var refusal = Assert.Throws<ClipException>(
            () => TrainingSets.Open(shard, new DataOptions(), _folder["index"], cancel: Cancel));

        Assert.Contains("1 NoCaption, 1 NoPicture", refusal.Message, StringComparison.Ordinal);
        Assert.Contains(".webp2 (1)", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Sources_with_weights_are_one_set_of_whatever_kinds()
    {
        var shard = _folder.Write("0.tar", OddInputs.MixedTar);
        _folder.Write("photos/z.jpg", OddInputs.Jpeg);
        _folder.Write("photos/z.txt", "a z");
        var set = TrainingSets.Open($"{shard}::{_folder["photos"]}", new DataOptions(), _folder["index"], ofSources: true,
            cancel: Cancel);

        Assert.Equal([0L, 5, 6], set.SourceStarts);
        var told = Shards.Told(set);
        Assert.StartsWith("6 samples, 6 captions", told[0], StringComparison.Ordinal);
        Assert.Equal(told, Shards.Told(set, isByRun: true));
        Assert.Contains(told, line => line.Contains("z.jpg: a z,", StringComparison.Ordinal));
        Assert.Equal("2 NoCaption, 1 EmptyPicture", set.Skips.ToString());
    }

    [Fact]
    public void Shards_that_lack_are_counted()
    {
        _folder.Write("0.tar", new TarBuilder().Pair("a").Finish());
        var set = TrainingSets.Open(_folder["{0..3}.tar"], new DataOptions { AllowMissingShards = true }, _folder["index"],
            cancel: Cancel);

        Assert.Equal((1, "3 MissingShard"), (set.Count, set.Skips.ToString()));
    }

    private string[] Pairs(int count) => [.. Enumerable.Range(0, count)
        .Select(i => _folder.Write($"{i}.tar", new TarBuilder().Pair($"{i}").Finish()))];

    private long RequireEqual(string[] shards, DataOptions options)
    {
        var index = Indexing.Gather(new WebDatasetSource(shards, options), SampleNeed.Caption);
        var expected = Shards.Told(index);
        Assert.Equal(expected, Shards.Told(Shards.Open(_folder, shards, options)));
        var kept = Shards.Open(_folder, shards, options);
        Assert.All(kept.Shards, shard => Assert.Equal(ShardIndexOrigin.Kept, shard.Origin));
        Assert.Equal(expected, Shards.Told(kept));
        Assert.Equal(expected, Shards.Told(kept, isByRun: true));
        return kept.Count;
    }
}
