using ClipSharp.Data;
using ClipSharp.Data.Batches;
using ClipSharp.Data.Captions;

namespace ClipSharp.Tests.Data.Captions;

public sealed class CaptionVariationTests
{
    [Fact]
    public void Word_dropout_leaves_out_about_its_share_and_never_all()
    {
        var transform = new CaptionTransform(new CaptionConfig { WordDropoutProb = 0.3 });
        var kept = 0;
        for (var i = 0; i < 2000; i++)
        {
            var random = new RandomStream(0, RandomPurpose.CaptionVariation, i);
            var words = transform.Apply("a small red star in the corner now", ref random).Split(' ');
            Assert.NotEmpty(words);
            kept += words.Length;
        }

        Assert.InRange(kept / 16000.0, 0.68, 0.72);
        var one = new RandomStream(0, RandomPurpose.CaptionVariation);
        Assert.Equal("star", new CaptionTransform(new CaptionConfig { WordDropoutProb = 0.999 }).Apply("star", ref one));
    }

    [Fact]
    public void Without_settings_a_caption_stays_as_it_is()
    {
        var random = new RandomStream(0, RandomPurpose.CaptionVariation);

        Assert.Equal("two  words, three", new CaptionTransform(new CaptionConfig()).Apply("two  words, three", ref random));
    }

    [Fact]
    public void A_share_of_the_lists_is_a_single_keyword_each_as_often()
    {
        var transform = new CaptionTransform(new CaptionConfig { SingleKeywordProb = 0.75 }.Validated("test"));
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i < 4000; i++)
        {
            var random = new RandomStream(0, RandomPurpose.CaptionVariation, i);
            var caption = transform.Apply("red car, sports car, fast", ref random);
            counts[caption] = counts.GetValueOrDefault(caption) + 1;
            Assert.Equal("red car", transform.Apply("red car", ref random)); // one label is no list
        }

        Assert.Equal(["fast", "red car", "red car, sports car, fast", "sports car"], counts.Keys.Order(StringComparer.Ordinal));
        Assert.All(counts.Values, count => Assert.InRange(count, 900, 1100));
    }

    [Fact]
    public void A_share_of_the_captions_is_all_of_a_pictures_joined()
    {
        using var folder = new TemporaryFolder();
        for (var i = 0; i < 20; i++)
        {
            File.WriteAllBytes(folder[$"{i:00}.png"], ColourPictures.Png(i));
            File.WriteAllText(folder[$"{i:00}.txt"], $"name {i}\nfirst, second {i}\n");
        }

        var index = Indexing.Build(folder.Path, new DataOptions { CaptionLines = true });
        var plan = new BatchPlan(index, seed: 3, batchSize: 20,
            new BatchPlanOptions { CaptionChoice = CaptionChoice.First, CaptionJoinProb = 0.4 });
        var captions = Enumerable.Range(0, 100).SelectMany(k => plan.Batch(k)).Select(p => plan.Caption(p, index)).ToList();

        Assert.InRange(captions.Count(c => c.EndsWith(c.Split(' ')[1].TrimEnd(','), StringComparison.Ordinal)
            && c.Contains(", first, second", StringComparison.Ordinal)), 700, 900);
        Assert.All(captions, c => Assert.StartsWith("name ", c, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("join_prob")]
    [InlineData("single_keyword_prob")]
    [InlineData("word_dropout_prob")]
    public void Shares_out_of_range_are_refused_by_name(string member)
    {
        var config = member switch
        {
            "join_prob" => new CaptionConfig { JoinProb = 1.5 },
            "single_keyword_prob" => new CaptionConfig { SingleKeywordProb = 2 },
            _ => new CaptionConfig { WordDropoutProb = -0.1 },
        };

        Assert.Contains(member, Assert.Throws<ClipException>(() => config.Validated("recipe")).Message, StringComparison.Ordinal);
    }
}
