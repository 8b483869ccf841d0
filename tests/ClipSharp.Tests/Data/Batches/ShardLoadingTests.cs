using System.Runtime.InteropServices;
using System.Security.Cryptography;
using ClipSharp.Data.Batches;
using ClipSharp.Data.Captions;
using ClipSharp.Data.Index;
using ClipSharp.Data.Sets;
using ClipSharp.Files.Reading;
using ClipSharp.Images;
using ClipSharp.Testing.Odd;
using ClipSharp.Tests.Data.ShardIndex;
using ClipSharp.Text;

namespace ClipSharp.Tests.Data.Batches;

/// <summary>Batches of shards, by either order.</summary>
public sealed class ShardLoadingTests : IDisposable
{
    private const int Context = 16;

    private static readonly BpeTokenizer Tokenizer = TokenizerTrainer.Train(["a red car", "a blue boat", "one two three"], 600);

    private static readonly TrainingTransform Transform =
        new(new AugmentationConfig { Scale = [0.5, 1], Flip = 0.5 }, new PreprocessConfig(), 32);

    private readonly TemporaryFolder _folder = new();
    private readonly string[] _shards;

    public ShardLoadingTests()
    {
        _shards = [.. Enumerable.Range(0, 7).Select(shard =>
        {
            var tar = new TarBuilder();
            for (var i = 0; i < 9 + shard; i++)
            {
                tar.Pair($"{shard}{i}", i == 4 ? OddInputs.Jpeg[..^99] : ColourPictures.Png((shard * 9) + i));
            }

            return _folder.Write($"{shard}.tar", tar.Finish());
        })];
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        SteadyRead.Trial.Value = null;
        _folder.Dispose();
    }

    [Fact]
    public void A_set_by_its_index_on_the_disk_and_one_in_memory_are_the_same_batches()
    {
        var memory = Indexing.Gather(_shards);
        var disk = ShardIndex.Shards.Open(_folder, _shards);

        foreach (var shufflePairs in new[] { false, true })
        {
            Assert.Equal(Hashes(memory, DataOrder.Global, new BatchLoaderOptions(), shufflePairs: shufflePairs),
                Hashes(disk, DataOrder.Global, new BatchLoaderOptions(), shufflePairs: shufflePairs));
        }
    }

    [Theory]
    [InlineData(DataOrder.Global, false)]
    [InlineData(DataOrder.Shards, false)]
    [InlineData(DataOrder.Shards, true)]
    public void Threads_memory_and_a_later_start_change_no_byte(DataOrder order, bool isResampled)
    {
        var set = ShardIndex.Shards.Open(_folder, _shards);
        var one = Hashes(set, order, new BatchLoaderOptions { Workers = 1 }, isResampled);

        Assert.Equal(one, Hashes(set, order, new BatchLoaderOptions { Workers = 8 }, isResampled));
        Assert.Equal(one, Hashes(set, order, new BatchLoaderOptions { Workers = 3, ReadAheadBytes = 0 }, isResampled));
        Assert.Equal(one, Hashes(set, order, new BatchLoaderOptions { Workers = 3, ReadAheadBytes = 20_000 }, isResampled));
        Assert.Equal(one, Hashes(set, order, new BatchLoaderOptions { Workers = 2, CacheDecodedBytes = 1 << 20 }, isResampled));
        Assert.Equal(one[7..], Hashes(set, order, new BatchLoaderOptions { Workers = 2, StartStep = 7 }, isResampled)[..^7]);
        Assert.Equal(one.Count, one.Distinct().Count());
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(6)]
    public void Any_number_of_ranks_gets_the_parts_of_the_same_batches(int ranks)
    {
        var set = ShardIndex.Shards.Open(_folder, _shards);
        using var whole = Loader(set, DataOrder.Shards, new BatchLoaderOptions { Workers = 2 });
        using var parts = new Disposables<BatchLoader>(Enumerable.Range(0, ranks).Select(rank =>
            Loader(set, DataOrder.Shards, new BatchLoaderOptions { Workers = 1, Rank = rank, WorldSize = ranks })));
        for (var step = 0; step < 25; step++)
        {
            var expected = whole.Next(Cancel);
            var taken = parts.Items.Select(part => part.Next(Cancel)).ToList();
            Assert.Equal(expected.SampleIds, taken.SelectMany(part => part.SampleIds));
            Assert.Equal(expected.Pixels.Values, taken.SelectMany(part => part.Pixels.Values));
            Assert.Equal(expected.Tokens.Ids, taken.SelectMany(part => part.Tokens.Ids));
        }
    }

    [Fact]
    public void A_shard_that_is_replaced_meanwhile_is_counted_and_its_neighbours_take_its_places()
    {
        var set = ShardIndex.Shards.Open(_folder, _shards);
        File.SetLastWriteTimeUtc(_shards[2], DateTime.UtcNow.AddHours(1));
        using var loader = Loader(set, DataOrder.Shards, new BatchLoaderOptions { Workers = 2 });
        var lost = new HashSet<long>(Enumerable.Range(19, 11).Select(i => (long)i));
        for (var step = 0; step < 14; step++)
        {
            Assert.DoesNotContain(loader.Next(Cancel).SampleIds, lost.Contains);
        }

        Assert.InRange(loader.Skips.Count(SkipReason.ReadFailed), 8, 11);
    }

    [Fact]
    public void A_disk_that_fails_for_good_ends_the_loading_as_it_does_without_reading_ahead()
    {
        var set = ShardIndex.Shards.Open(_folder, _shards);
        SteadyRead.Trial.Value = ShardIndex.Shards.Away("2.tar");
        using var loader = Loader(set, DataOrder.Shards, new BatchLoaderOptions { Workers = 2 });

        var refusal = Assert.Throws<ClipException>(() =>
        {
            for (var step = 0; step < 14; step++)
            {
                loader.Next(Cancel);
            }
        });

        Assert.Equal(ClipError.InputOutput, refusal.Kind);
        Assert.EndsWith("2.tar", refusal.Where, StringComparison.Ordinal);
    }

    [Fact]
    public void More_broken_pictures_than_allowed_end_the_loading()
    {
        var set = ShardIndex.Shards.Open(_folder, _shards); // 7 of 84 are cut
        using var within = Loader(set, DataOrder.Shards, new BatchLoaderOptions { SkipLimit = new SkipLimit(7, 0.09) });
        using var share = Loader(set, DataOrder.Shards, new BatchLoaderOptions { SkipLimit = new SkipLimit(null, 0.08) });
        using var count = Loader(set, DataOrder.Shards, new BatchLoaderOptions { SkipLimit = new SkipLimit(6, null) });

        Take(within);
        Assert.Contains("7 of 84 pictures read, 8.33 %: 7 TruncatedPicture, expected at most 8 %, as --max-skipped-share says",
            Assert.Throws<ClipException>(() => Take(share)).Message, StringComparison.Ordinal);
        var refusal = Assert.Throws<ClipException>(() => Take(count));
        Assert.Equal(ClipError.Data, refusal.Kind);
        Assert.Contains("7 samples: 7 TruncatedPicture, expected at most 6, as --max-skipped says", refusal.Message,
            StringComparison.Ordinal);

        static void Take(BatchLoader loader)
        {
            for (var step = 0; step < 30; step++)
            {
                loader.Next(Cancel);
            }
        }
    }

    [Fact]
    public void What_indexing_left_out_counts_too_but_for_files_that_are_no_samples()
    {
        _folder.Write("photos/a.jpg", OddInputs.Jpeg);
        _folder.Write("photos/a.txt", "a");
        _folder.Write("photos/b.jpg", OddInputs.Jpeg);
        _folder.Write("photos/.hidden", "x");
        _folder.Write("photos/c.pdf", "%PDF");
        ITrainingSet set = Indexing.Build(_folder["photos"], need: SampleNeed.Caption); // 1, and b is left out

        new SkipLimit(1, 0.5).Require(set);
        new SkipLimit(null, null).Require(set);
        var share = Assert.Throws<ClipException>(() => new SkipLimit(1, 0.49).Require(set));
        var count = Assert.Throws<ClipException>(() => new SkipLimit(0, null).Require(set));
        Assert.Contains("1 of 2 samples found, 50 %", share.Message, StringComparison.Ordinal);
        Assert.Contains("at most 0", count.Message, StringComparison.Ordinal);
    }

    private static BatchLoader Loader(ITrainingSet set, DataOrder order, BatchLoaderOptions options, bool isResampled = false,
        bool shufflePairs = false) =>
        new(set, new BatchPlan(set, 11, batchSize: 6, new BatchPlanOptions
        {
            Order = order,
            Resampled = isResampled,
            ShufflePairs = shufflePairs,
        }), Transform, Tokenizer, Context, options);

    private static List<string> Hashes(ITrainingSet set, DataOrder order, BatchLoaderOptions options, bool isResampled = false,
        bool shufflePairs = false)
    {
        using var loader = Loader(set, order, options with { Captions = new CaptionTransform(new CaptionConfig()) }, isResampled,
            shufflePairs);
        return [.. Enumerable.Range(0, 40).Select(_ =>
        {
            var batch = loader.Next(Cancel);
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            hash.AppendData(batch.Pixels.Values);
            hash.AppendData(MemoryMarshal.AsBytes<int>(batch.Tokens.Ids));
            hash.AppendData(MemoryMarshal.AsBytes<long>(batch.SampleIds));
            return Convert.ToHexString(hash.GetHashAndReset());
        })];
    }

    private sealed class Disposables<T>(IEnumerable<T> items) : IDisposable
        where T : IDisposable
    {
        public List<T> Items { get; } = [.. items];

        public void Dispose() => Items.ForEach(item => item.Dispose());
    }
}
