using ClipSharp.Evaluation.Sets.Selection;
using ClipSharp.Evaluation.Tasks;
using ClipSharp.Evaluation.Tasks.Selection;

namespace ClipSharp.Evaluation.Tests.Tasks;

public sealed class ImageCaptionSelectionTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Clip _clip;

    public ImageCaptionSelectionTests()
    {
        _clip = ColourEncoder.ClipIn(_folder);
        Directory.CreateDirectory(_folder["set/images"]);
        foreach (var colour in new[] { 0, 1, 2 })
        {
            File.WriteAllBytes(_folder[$"set/images/{ColourPictures.Names[colour]}.png"], ColourPictures.Png(colour));
        }
    }

    public void Dispose()
    {
        _clip.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Captions_that_score_the_same_count_half()
    {
        // Right, wrong, and two captions that the model cannot tell apart, of which CLIP_benchmark takes the right one.
        File.WriteAllText(_folder["set/swap.json"], """
            {"0": {"filename": "red.png", "caption": "a red square", "negative_caption": "a blue square"},
             "1": {"filename": "green.png", "caption": "a blue square", "negative_caption": "a green square"},
             "2": {"filename": "blue.png", "caption": "blue one", "negative_caption": "blue two"},
             "3": {"filename": "red.png", "caption": "red", "negative_caption": "green"}}
            """);
        var report = Run("set/swap.json");
        var text = Assert.Single(report.Metrics);
        Assert.Equal(("text_acc", 2.5 / 4, 4, 1), (text.Name, text.Value, text.Samples, text.Ties));
        Assert.Equal(0.5, text.Chance);
    }

    [Fact]
    public void Two_pictures_and_two_captions_are_right_when_all_find_theirs()
    {
        // The second item's captions stand the wrong way round for both pictures.
        File.WriteAllText(_folder["set/examples.jsonl"], """
            {"id": 0, "image_0": "red", "image_1": "green", "caption_0": "red", "caption_1": "green", "collapsed_tag": "Object"}
            {"id": 1, "image_0": "red", "image_1": "blue", "caption_0": "blue", "caption_1": "red", "collapsed_tag": "Object"}

            """);
        var metrics = Run("set/examples.jsonl").Metrics.ToDictionary(metric => metric.Name, metric => metric.Value);
        Assert.Equal(["text_acc", "image_acc", "acc"], metrics.Keys);
        Assert.All(metrics.Values, value => Assert.Equal(0.5, value));
    }

    [Fact]
    public void Pictures_that_a_word_has_to_do_with_are_chosen_and_score_the_common_ones()
    {
        // All right; of three two are meant, red by chance of one in two; the wrong one alone.
        File.WriteAllText(_folder["set/winogavil.jsonl"], """
            {"ID": 1, "cue": "red", "candidates": ["red", "green", "blue"], "associations": ["red"]}
            {"ID": 2, "cue": "green", "candidates": ["red", "green", "blue"], "associations": ["green", "red"]}
            {"ID": 3, "cue": "blue", "candidates": ["red", "green", "blue"], "associations": ["red"]}

            """);
        var metrics = Run("set/winogavil.jsonl").Metrics;
        Assert.Equal(["avg_jaccard_score", "jaccard_score_5-6"], metrics.Select(metric => metric.Name));
        Assert.Equal((1 + ((1 + (1 / 3.0)) / 2) + 0) / 3, metrics[0].Value, 1e-12);
        // By guessing: a third; two of three are the right ones once in three times, else one of three; a third.
        Assert.Equal(((1 / 3.0) + ((1 + (2 / 3.0)) / 3) + (1 / 3.0)) / 3, metrics[0].Chance!.Value, 1e-12);
    }

    [Fact]
    public void An_association_that_is_no_candidate_is_refused()
    {
        File.WriteAllText(_folder["set/winogavil.jsonl"], """
            {"cue": "red", "candidates": ["red", "green"], "associations": ["red", "blue"]}

            """);
        Assert.Contains("the association blue", Assert.Throws<ClipException>(() => Run("set/winogavil.jsonl")).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Jaccards_index_over_ties_is_the_mean_of_all_choices()
    {
        var random = new Random(5);
        for (var run = 0; run < 50; run++)
        {
            bool[] meant = [.. Enumerable.Range(0, 6).Select(place => place == 0 || random.Next(2) == 0)];
            float[] cosines = [.. meant.Select(_ => (float)random.Next(3))];
            var item = new SelectionItem("", [], [""], [.. meant.Select(own => own ? 0 : -1)], "");
            var (sum, count, most) = (0.0, 0, double.NegativeInfinity);
            for (var choice = 0; choice < 64; choice++)
            {
                int[] chosen = [.. Enumerable.Range(0, 6).Where(place => (choice >> place & 1) == 1)];
                var total = chosen.Sum(place => (double)cosines[place]);
                if (chosen.Length != meant.Count(own => own) || total < most)
                {
                    continue;
                }

                (sum, count, most) = total > most ? (0, 0, total) : (sum, count, most);
                var common = chosen.Count(place => meant[place]);
                (sum, count) = (sum + ((double)common / ((2 * chosen.Length) - common)), count + 1);
            }

            Assert.Equal(sum / count, PictureAssociation.Jaccard(item, cosines), 1e-12);
        }
    }

    [Fact]
    public void Both_shares_are_worked_out_from_the_scores()
    {
        float[][] scores = [[0.5f, 0.5f], [0.1f, 0.9f]];
        Assert.Equal(0.5, ImageCaptionSelection.TextShare(scores, [0, 1]));
        Assert.Equal(1, ImageCaptionSelection.ImageShare(scores, [0, 1]));
        Assert.Equal(0, ImageCaptionSelection.TextShare(scores, [1, 0]));
    }

    private BenchmarkReport Run(string path) => new Benchmark(_clip, "tiny", "tiny").Run(new BenchmarkOptions
    {
        Data = _folder[path],
        Task = EvaluationTasks.Selection,
        Intervals = false,
    });
}
