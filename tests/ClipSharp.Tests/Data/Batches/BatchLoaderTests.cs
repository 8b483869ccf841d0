using System.Security.Cryptography;
using ClipSharp.Data.Batches;
using ClipSharp.Data.Captions;
using ClipSharp.Data.Index;
using ClipSharp.Data.Pictures;
using ClipSharp.Images;
using ClipSharp.Testing.Odd;
using ClipSharp.Text;

namespace ClipSharp.Tests.Data.Batches;

public sealed class BatchLoaderTests
{
    private const int Context = 16;

    private static readonly BpeTokenizer Tokenizer = TokenizerTrainer.Train(["a red car", "a blue boat", "one two three"], 600);

    private static readonly TrainingTransform Transform =
        new(new AugmentationConfig { Scale = [0.5, 1], Flip = 0.5, ColorJitter = [0.2, 0.2, 0.2, 0.05] }, new PreprocessConfig(),
            32);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public void One_thread_and_eight_make_the_same_bytes_and_a_later_start_goes_on_alike()
    {
        var index = Mixed(out var folder);
        using (folder)
        {
            var options = new BatchLoaderOptions
            {
                Captions = new CaptionTransform(
                new CaptionConfig { KeywordSubsetProb = 0.5 })
            };
            var one = Hashes(index, options with { Workers = 1 }, steps: 12);

            Assert.Equal(one, Hashes(index, options with { Workers = 8 }, steps: 12));
            Assert.Equal(one, Hashes(index, options with { Workers = 3, CacheDecodedBytes = 1 << 20 }, steps: 12));
            Assert.Equal(one[7..], Hashes(index, options with { Workers = 2, StartStep = 7 }, steps: 5));
            Assert.Equal(12, one.Distinct().Count());
        }
    }

    [Theory]
    [InlineData(16, 4)]
    [InlineData(256, 4)]
    [InlineData(512, 2)]
    [InlineData(1024, 1)]
    [InlineData(32768, 1)]
    public void Fewer_batches_are_made_ahead_where_they_are_large(int batchSize, int ahead) =>
        Assert.Equal(ahead, BatchLoader.BatchesAhead(batchSize));

    [Fact]
    public void Batches_are_made_in_the_memory_of_those_given_back_and_are_the_same_bytes()
    {
        var index = Mixed(out var folder);
        using (folder)
        {
            var plan = new BatchPlan(index, 3, batchSize: 4);
            using var fresh = Loader(index, plan, new BatchLoaderOptions { Workers = 2 });
            using var returned = Loader(index, plan, new BatchLoaderOptions { Workers = 2 });
            var arrays = new HashSet<byte[]>(ReferenceEqualityComparer.Instance);
            for (var step = 0; step < 30; step++)
            {
                var batch = returned.Next(Cancel);
                arrays.Add(batch.Pixels.Values);
                Assert.Equal(fresh.Next(Cancel).Pixels.Values, batch.Pixels.Values);
                returned.Return(batch);
            }

            Assert.InRange(arrays.Count, 1, BatchLoader.BatchesAhead(4) + 2);
        }
    }

    [Fact]
    public void A_batch_that_was_given_back_is_not_read_again()
    {
        var index = Mixed(out var folder);
        using (folder)
        {
            using var loader = Loader(index, new BatchPlan(index, 3, batchSize: 4), new BatchLoaderOptions { Workers = 2 });
            var batch = loader.Next(Cancel);
            loader.Return(batch);

            Assert.Throws<ObjectDisposedException>(() => batch.Pixels.Values);
            Assert.Throws<ObjectDisposedException>(() => batch.Pixels.Picture(0)[0]);
            Assert.Throws<ObjectDisposedException>(() => loader.Return(batch));
            var strange = new TrainingBatch(0, new PixelBatch(3, 32), batch.Tokens, [1, 2, 3], TimeSpan.Zero);
            loader.Return(strange);
            for (var step = 0; step < 8; step++)
            {
                Assert.Equal(4 * 3 * 32 * 32, loader.Next(Cancel).Pixels.Values.Length); // not the stranger's memory
            }
        }
    }

    [Fact]
    public void Ranks_get_the_parts_of_the_same_batch()
    {
        var index = Mixed(out var folder);
        using (folder)
        {
            var plan = new BatchPlan(index, 3, batchSize: 4);
            var whole = Take(index, plan, new BatchLoaderOptions { Workers = 2 });
            var parts = Enumerable.Range(0, 2).Select(rank =>
                Take(index, plan, new BatchLoaderOptions { Workers = 2, Rank = rank, WorldSize = 2 })).ToList();

            Assert.Equal(whole.SampleIds, parts.SelectMany(p => p.SampleIds));
            Assert.Equal(whole.Pixels.Values, parts.SelectMany(p => p.Pixels.Values));
            Assert.Equal(whole.Tokens.Ids, parts.SelectMany(p => p.Tokens.Ids));
            Assert.Throws<ArgumentException>(() => Loader(index, plan, new BatchLoaderOptions { WorldSize = 3 }));
        }
    }

    [Fact]
    public void A_broken_picture_is_counted_once_and_its_healthy_neighbour_takes_its_place_with_its_own_caption()
    {
        var index = WithBroken(out var folder);
        using (folder)
        {
            var plan = new BatchPlan(index, 3, batchSize: 5);
            using var loader = Loader(index, plan, new BatchLoaderOptions { Workers = 4 });
            for (var step = 0L; step < 6; step++)
            {
                var batch = loader.Next(Cancel);
                Assert.Equal(step, batch.Step);
                var planned = plan.Batch(step);
                for (var i = 0; i < 5; i++)
                {
                    var expected = planned[i].Sample is 1 or 3 ? planned[i].Sample + 1 : planned[i].Sample;
                    Assert.Equal(expected, batch.SampleIds[i]);
                    var row = new int[Context];
                    Tokenizer.Tokenize(plan.Caption(planned[i] with { Sample = expected }, index), row, out var end);
                    Assert.Equal(index.Captions((int)expected)[0], plan.Caption(planned[i] with { Sample = expected }, index));
                    Assert.Equal(row, batch.Tokens.Row(i).ToArray());
                    Assert.Equal(end, batch.Tokens.EndPositions[i]);
                }
            }

            Assert.Equal("1 TruncatedPicture, 1 NotAPicture", loader.Skips.ToString());
        }
    }

    [Fact]
    public void What_decoding_finds_is_counted_beside_what_indexing_found()
    {
        var index = Mixed(out var folder);
        using (folder)
        {
            Assert.Equal("2 NoCaption, 1 EmptyPicture", index.Skips.ToString());
            var survey = index.Verify(workers: 2, cancel: Cancel);
            Assert.Equal(3, survey.Usable);
            Assert.Equal("1 TruncatedPicture, 1 NotAPicture", survey.Skips.ToString());
            Assert.Equal([(48, 32), (0, 0), (48, 32), (0, 0), (48, 32)], survey.Sizes);
        }
    }

    [Fact]
    public void Where_no_picture_decodes_the_first_batch_is_a_refusal()
    {
        using var folder = new TemporaryFolder();
        var index = Indexing.Gather(folder.Write("0.tar", new TarBuilder().Add("a.jpg", "text").Add("a.txt", "x").Finish()));
        using var loader = Loader(index, new BatchPlan(index, 0, 2), new BatchLoaderOptions { Workers = 2 });

        Assert.Contains("No picture can be decoded", Assert.Throws<ClipException>(() => loader.Next(Cancel)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_shard_replaced_while_training_is_counted_as_a_failed_read()
    {
        using var folder = new TemporaryFolder();
        var picture = OddInputs.Jpeg;
        var first = folder.Write("0.tar", new TarBuilder().Add("a.jpg", picture).Add("a.txt", "a").Finish());
        var second = folder.Write("1.tar", new TarBuilder().Add("b.jpg", picture).Add("b.txt", "b").Finish());
        var index = Indexing.Gather(first, second);
        File.SetLastWriteTimeUtc(first, DateTime.UtcNow.AddHours(1));

        using var loader = Loader(index, new BatchPlan(index, 0, 2), new BatchLoaderOptions { Workers = 1 });

        Assert.Equal([1, 1], loader.Next(Cancel).SampleIds);
        Assert.Equal("1 ReadFailed", loader.Skips.ToString());
    }

    [Fact]
    public void Evaluation_reads_every_whole_picture_once_in_order()
    {
        var index = Mixed(out var folder);
        using (folder)
        {
            var preprocessor = new ImagePreprocessor(new PreprocessConfig(), 16);
            var reader = new EvaluationReader(index, preprocessor, batchSize: 2, workers: 3);
            var batches = reader.Read(Cancel).ToList();

            Assert.Equal([[0], [2], [4]], batches.Select(b => b.SampleIds));
            Assert.All(batches, b => Assert.Equal(1, b.Pixels.Count));
            Assert.Equal(index.Count, batches.Sum(b => b.SampleIds.Length) + reader.Skips.Total);

            var atOnce = Assert.Single(new EvaluationReader(index, preprocessor, batchSize: 9).Read(Cancel));
            Assert.Equal([0, 2, 4], atOnce.SampleIds);
            Assert.Equal(batches.SelectMany(b => b.Pixels.Values), atOnce.Pixels.Values);
        }
    }

    // Five samples with captions of their own; pictures 1 and 3 do not decode.
    private static SampleIndex WithBroken(out TemporaryFolder folder)
    {
        folder = new TemporaryFolder();
        var whole = OddInputs.Jpeg;
        byte[][] pictures = [whole, whole[..^99], whole, "a text"u8.ToArray(), whole];
        string[] captions = ["red", "blue", "car", "boat", "one"];
        var tar = new TarBuilder();
        for (var i = 0; i < 5; i++)
        {
            tar.Add($"{i}.jpg", pictures[i]).Add($"{i}.txt", captions[i]);
        }

        return Indexing.Gather(folder.Write("0.tar", tar.Finish()));
    }

    // a b e f g, of which b and f do not decode.
    private static SampleIndex Mixed(out TemporaryFolder folder)
    {
        folder = new TemporaryFolder();
        return Indexing.Gather(folder.Write("mixed.tar", OddInputs.MixedTar));
    }

    private static BatchLoader Loader(SampleIndex index, BatchPlan plan, BatchLoaderOptions options) =>
        new(index, plan, Transform, Tokenizer, Context, options);

    private static TrainingBatch Take(SampleIndex index, BatchPlan plan, BatchLoaderOptions options)
    {
        using var loader = Loader(index, plan, options);
        return loader.Next(Cancel);
    }

    private static List<string> Hashes(SampleIndex index, BatchLoaderOptions options, int steps)
    {
        using var loader = Loader(index, new BatchPlan(index, 11, batchSize: 3), options);
        return [.. Enumerable.Range(0, steps).Select(_ =>
        {
            var batch = loader.Next(Cancel);
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            hash.AppendData(batch.Pixels.Values);
            hash.AppendData(System.Runtime.InteropServices.MemoryMarshal.AsBytes<int>(batch.Tokens.Ids));
            hash.AppendData(System.Runtime.InteropServices.MemoryMarshal.AsBytes<long>(batch.SampleIds));
            return Convert.ToHexString(hash.GetHashAndReset());
        })];
    }
}
