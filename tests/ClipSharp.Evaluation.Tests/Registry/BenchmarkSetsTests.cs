using ClipSharp.Evaluation.Registry;

namespace ClipSharp.Evaluation.Tests.Registry;

public sealed class BenchmarkSetsTests
{
    private static readonly string[] Tasks =
        ["zeroshot_classification", "zeroshot_retrieval", "multilabel", "image_caption_selection"];

    [Theory]
    [InlineData("wds/vtab/cifar10", "cifar10")]
    [InlineData("CIFAR-10", "cifar10")]
    [InlineData("Stanford Cars", "cars")]
    [InlineData("retrieval/flickr_1k_test_image_text_retrieval", "flickr30k")]
    [InlineData("imagenet_a", "imagenet-a")]
    [InlineData("KITTI", "vtab/kitti_closest_vehicle_distance")]
    public void A_set_is_found_by_every_spelling(string asked, string name) =>
        Assert.Equal(name, BenchmarkSets.Find(asked).Name);

    [Theory]
    [InlineData("imagnet1k", "imagenet1k")]
    [InlineData("vtab/petz", "vtab/pets")]
    public void An_unknown_name_is_answered_by_the_nearest(string asked, string nearest)
    {
        var refusal = Assert.Throws<ClipException>(() => BenchmarkSets.Find(asked));
        Assert.Equal(ClipError.Usage, refusal.Kind);
        Assert.EndsWith($"Did you mean {nearest}?", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("Did you mean datacomp?",
            Assert.Throws<ClipException>(() => BenchmarkSets.Collection("datacomb")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Collections_are_as_long_as_their_authors_made_them()
    {
        (string Name, int Sets)[] expected =
            [("paper", 27), ("kornblith", 12), ("natural_shifts", 7), ("datacomp", 38), ("vtab", 19), ("vtab+", 36),
                ("retrieval", 3), ("imagenet_robustness", 5), ("sugar_crepe", 7), ("aro", 4)];
        Assert.All(expected, row => Assert.Equal(row.Sets, BenchmarkSets.Collection(row.Name).Distinct().Count()));
        Assert.All(BenchmarkSets.Collections, name => Assert.NotEmpty(BenchmarkSets.Collection(name)));
        Assert.Equal(27, BenchmarkSets.All.Count(set => set.Paper is not null));
        Assert.All(BenchmarkSets.Collection("paper"), set => Assert.NotNull(set.Paper));
    }

    [Fact]
    public void What_a_set_says_of_itself_is_possible()
    {
        Assert.All(BenchmarkSets.All, set =>
        {
            Assert.Contains(set.Task, Tasks);
            Assert.True(set.Classes is null or > 1, set.Name);
            Assert.All(new[] { set.Train, set.Test, set.Templates, set.Paper?.Train, set.Paper?.Test, set.Paper?.Templates },
                number => Assert.True(number is null or > 0, set.Name));
            Assert.True(set.Chance is null or (> 0 and < 1), set.Name);
            Assert.True(set.IsOnHub || Uri.TryCreate(set.Get, UriKind.Absolute, out _), set.Name);
            Assert.True(set.Classes is not null || set.Task != Tasks[0] || set.Layout == "frames", set.Name);
        });
        Assert.True(Math.Abs(BenchmarkSets.Find("dmlab").Chance!.Value - (1 / 6.0)) < 1e-5);
    }

    [Fact]
    public void Every_set_of_DataComp_has_its_re_run_of_the_nine_models()
    {
        Assert.All(BenchmarkSets.Collection("datacomp"), set =>
            Assert.Equal(9, set.Figures.Count(figure => figure.Source == "open_clip results" && figure.Metric is null)));
        var b32 = BenchmarkSets.Find("imagenet1k").Figures
            .Single(figure => figure is { IsRerun: true, Model: "ViT-B-32", Metric: null });
        Assert.Equal(63.32, b32.Percent);
    }

    // The means that the tables' own authors state, so that no row is mistyped far.
    [Theory]
    [InlineData("paper", "zeroshot_classification", 67.6)]
    [InlineData("kornblith", "zeroshot_classification", 75.5)]
    [InlineData("paper", "linear_probe", 85.1)]
    [InlineData("kornblith", "linear_probe", 89.1)]
    public void The_papers_figures_have_its_means(string collection, string task, double mean)
    {
        var figures = BenchmarkSets.Collection(collection).Select(set => set.Figures
            .Single(figure => figure is { IsRerun: false, Model: "ViT-L-14-336" } && figure.Task == task));
        Assert.Equal(mean, figures.Average(figure => figure.Percent), 0.0501);
    }

    [Fact]
    public void Every_figure_is_of_a_set_or_a_collection_and_has_its_source()
    {
        var known = BenchmarkSets.All.Select(set => set.Name).Concat(BenchmarkSets.Collections).ToList();
        var figures = known.SelectMany(BenchmarkSets.Figures).ToList();
        Assert.All(figures, figure => Assert.InRange(figure.Percent, 0, 100));
        Assert.All(figures, figure =>
            Assert.True(figure.IsRerun != figure.Source.StartsWith("paper T", StringComparison.Ordinal)));
        Assert.Equal(figures.Count, figures.Select(figure => figure with { Percent = 0 }).Distinct().Count());
        Assert.Equal(BenchmarkSets.FigureCount, figures.Count);
    }
}
