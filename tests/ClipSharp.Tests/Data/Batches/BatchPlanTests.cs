using ClipSharp.Data.Batches;
using ClipSharp.Data.Captions;
using ClipSharp.Data.Index;
using ClipSharp.Data.Sources;

namespace ClipSharp.Tests.Data.Batches;

public sealed class BatchPlanTests
{
    [Fact]
    public void An_epoch_meets_each_sample_at_most_once_and_the_next_one_in_another_order()
    {
        var plan = new BatchPlan(Samples(103), seed: 1, batchSize: 10);

        Assert.Equal(10, plan.StepsPerEpoch);
        var first = Epoch(plan, 0);
        var second = Epoch(plan, 1);
        Assert.Equal(100, first.Distinct().Count());
        Assert.Equal(100, second.Distinct().Count());
        Assert.NotEqual(first, second);
        Assert.All(Enumerable.Range(0, 10), k => Assert.All(plan.Batch(10 + k), s => Assert.Equal(1, s.Epoch)));
    }

    [Fact]
    public void A_step_is_a_pure_function_of_seed_and_number()
    {
        var index = Samples(50);
        var (forward, anew) = (new BatchPlan(index, 5, 8), new BatchPlan(index, 5, 8));
        var batches = Enumerable.Range(0, 30).Select(k => forward.Batch(k)).ToList();

        for (var k = 29; k >= 0; k--)
        {
            Assert.Equal(batches[k], anew.Batch(k));
            Assert.Equal(batches[k].Select(p => forward.Caption(p, index)), anew.Batch(k).Select(p => anew.Caption(p, index)));
        }

        Assert.NotEqual(batches[0], new BatchPlan(index, 6, 8).Batch(0));
    }

    [Fact]
    public void Fewer_samples_than_a_batch_run_on_and_stay_even()
    {
        var plan = new BatchPlan(Samples(3), 0, batchSize: 8);

        var all = Enumerable.Range(0, 9).SelectMany(k => plan.Batch(k)).ToList();

        Assert.Equal(1, plan.StepsPerEpoch);
        Assert.Equal([24, 24, 24], Enumerable.Range(0, 3).Select(s => all.Count(p => p.Sample == s)));
        Assert.Equal(72, all.Distinct().Count()); // no pair of sample and epoch twice: no random choice is repeated
    }

    [Fact]
    public void Every_caption_comes_round_before_one_repeats()
    {
        var index = Samples(20, captions: 5);
        var plan = new BatchPlan(index, 3, 4);

        var orders = new HashSet<string>();
        for (var sample = 0; sample < 20; sample++)
        {
            var drawn = Enumerable.Range(0, 10).Select(e => plan.Caption(new PlannedSample(sample, e), index)).ToList();
            Assert.Equal(5, drawn.Take(5).Distinct().Count());
            Assert.Equal(5, drawn.Skip(5).Distinct().Count());
            orders.Add(string.Concat(drawn.Take(5).Select(c => c[^1])));
        }

        Assert.True(orders.Count > 5); // not the same order for all
    }

    [Theory]
    [InlineData(CaptionChoice.First, "0 0 0 0")]
    [InlineData(CaptionChoice.Cycle, "0 1 2 0")]
    public void Captions_can_be_taken_in_order(CaptionChoice choice, string expected)
    {
        var index = Samples(2, captions: 3);
        var plan = new BatchPlan(index, 3, 2, new BatchPlanOptions { CaptionChoice = choice });

        Assert.Equal(expected, string.Join(' ', Enumerable.Range(0, 4)
            .Select(e => plan.Caption(new PlannedSample(1, e), index)[^1])));
    }

    [Fact]
    public void Shuffled_pairs_give_everybody_another_ones_captions_for_good()
    {
        var index = Samples(40, captions: 2);
        var plan = new BatchPlan(index, 9, 10, new BatchPlanOptions { ShufflePairs = true });

        var owners = new List<string>();
        for (var sample = 0; sample < 40; sample++)
        {
            var drawn = Enumerable.Range(0, 4)
                .Select(e => plan.Caption(new PlannedSample(sample, e), index).Split(' ')[0]).Distinct();
            var owner = Assert.Single(drawn);
            Assert.NotEqual(index.Key(sample), owner);
            owners.Add(owner);
        }

        Assert.Equal(40, owners.Distinct().Count());
    }

    [Fact]
    public void Equal_captions_are_kept_apart_where_that_can_be_done()
    {
        var index = Samples(120, key: i => i / 3); // 40 names, three pictures each
        // the last seats go to who is left
        int Doubles(BatchPlan plan) => Enumerable.Range(0, 50 * 12).Where(k => k % 12 < 10)
            .Sum(k => 10 - plan.Batch(k).Select(p => plan.Caption(p, index)).Distinct().Count());

        Assert.True(Doubles(new BatchPlan(index, 2, 10)) > 100);
        var apart = new BatchPlan(index, 2, 10, new BatchPlanOptions { AvoidDuplicates = true });
        Assert.Equal(0, Doubles(apart));
        Assert.Equal(120, Epoch(apart, 4).Distinct().Count()); // nobody is lost

        var same = new BatchPlan(Samples(12, key: _ => 0), 2, 4, new BatchPlanOptions { AvoidDuplicates = true });
        Assert.Equal(12, Epoch(same, 0).Distinct().Count()); // nor where it cannot be done at all
    }

    [Fact]
    public void A_caption_variation_is_decided_by_its_stream()
    {
        var transform = new CaptionTransform(new CaptionConfig
        {
            Templates = ["a photo of a {}.", "{} drawn"],
            TemplateProb = 0.5,
            KeywordSubsetProb = 0.5,
        }.Validated("test"));
        var (labels, lists) = (new HashSet<string>(), new HashSet<string>());
        for (var i = 0; i < 300; i++)
        {
            var random = new RandomStream(1, RandomPurpose.CaptionVariation, i);
            var again = new RandomStream(1, RandomPurpose.CaptionVariation, i);
            var label = transform.Apply("red car", ref random);
            Assert.Equal(label, transform.Apply("red car", ref again));
            labels.Add(label);
            lists.Add(transform.Apply("one, two, three", ref random));
            Assert.Equal("A man sits.", transform.Apply("A man sits.", ref random)); // a sentence is no label
        }

        Assert.Equal(["a photo of a red car.", "red car", "red car drawn"], labels.Order());
        Assert.Equal(15, lists.Count); // every ordered choice of one to three of three
    }

    [Theory]
    [InlineData(1.5, "{}")]
    [InlineData(double.NaN, "{}")]
    [InlineData(0.5, "no place")]
    public void Unusable_caption_settings_are_refused(double probability, string template)
    {
        var config = new CaptionConfig { TemplateProb = probability, Templates = [template] };

        Assert.Throws<ClipException>(() => config.Validated("recipe.json"));
    }

    private static List<long> Epoch(BatchPlan plan, long epoch) =>
        [.. Enumerable.Range(0, (int)plan.StepsPerEpoch).SelectMany(k => plan.Batch((epoch * plan.StepsPerEpoch) + k))
            .Select(s => s.Sample)];

    [Fact]
    public void Captions_are_drawn_by_their_shares_the_same_whenever_asked_and_never_those_of_share_0()
    {
        var index = SampleIndex.Build(new Shared(["much", "little", "never"], [0.9, 0.3, 0]),
            cancel: TestContext.Current.CancellationToken);
        var plan = new BatchPlan(index, 3, 2);
        var drawn = Enumerable.Range(0, 4000).Select(epoch => plan.Caption(new PlannedSample(0, epoch), index)).ToList();

        Assert.InRange(drawn.Count(caption => caption == "much"), 2900, 3100); // 3000 +- 27
        Assert.DoesNotContain("never", drawn);
        var anew = new BatchPlan(index, 3, 2);
        Assert.Equal(drawn[17..40], Enumerable.Range(17, 23).Select(epoch => anew.Caption(new PlannedSample(0, epoch), index)));
        Assert.NotEqual(drawn[..64], Enumerable.Range(0, 64).Select(epoch => plan.Caption(new PlannedSample(1, epoch), index)));
    }

    // Two samples with the same captions.
    private sealed class Shared(string[] captions, double[] shares) : ISampleSource
    {
        public IReadOnlyList<string> Places => ["memory"];

        public IEnumerable<SourceSample> Read(CancellationToken cancel = default) => Enumerable.Range(0, 2).Select(i =>
            new SourceSample($"{i}", new SampleFile("memory", "memory", 1, default))
            {
                PictureLength = 1,
                Captions = captions,
                CaptionShares = shares,
            });
    }

    // Captions "<key> <number>".
    private static SampleIndex Samples(int count, int captions = 1, Func<int, int>? key = null)
    {
        var file = new SampleFile("/none", "none", 0, default);
        return Indexing.Gather(new ListSource([.. Enumerable.Range(0, count)
            .Select(i => new SourceSample($"{(key ?? (n => n))(i)}", file)
        {
            PictureLength = 1,
            Captions = [.. Enumerable.Range(0, captions).Select(c => $"{(key ?? (n => n))(i)} {c}")],
        })]));
    }

    private sealed class ListSource(SourceSample[] samples) : ISampleSource
    {
        public IReadOnlyList<string> Places => ["list"];

        public IEnumerable<SourceSample> Read(CancellationToken cancel = default) => samples;
    }
}
