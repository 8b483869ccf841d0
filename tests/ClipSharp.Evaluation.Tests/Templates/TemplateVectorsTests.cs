using ClipSharp.Evaluation.Tasks;
using ClipSharp.Evaluation.Templates;

namespace ClipSharp.Evaluation.Tests.Templates;

public sealed class TemplateVectorsTests
{
    private const int Classes = 37;
    private const int Width = 20;

    // Of two classes' second synonyms too: 39 prompts a template, of lengths that are no one.
    private static readonly int[] ClassOf = [.. Enumerable.Range(0, Classes), 3, 8];

    private static readonly Embeddings[] Prompts = [.. Enumerable.Range(0, 4).Select(template => Stretched(
        UnitVectors.Draw(ClassOf.Length, Width, template)))];

    private static readonly TemplateVectors Vectors = new([.. Prompts.Select(prompts =>
        TemplateVectors.Sum(prompts, ClassOf, [.. Enumerable.Range(0, Classes).Select(c => $"{c}")], "{}"))]);

    [Theory]
    [InlineData(2)]
    [InlineData(0, 3)]
    [InlineData(0, 1, 2, 3)]
    public void A_classifier_is_the_mean_of_unit_vectors_made_a_unit(params int[] templates)
    {
        var classifier = Vectors.Classifier(templates);
        for (var c = 0; c < Classes; c++)
        {
            var sum = new double[Width];
            foreach (var (template, prompt) in templates.SelectMany(template => Enumerable.Range(0, ClassOf.Length)
                .Where(prompt => ClassOf[prompt] == c).Select(prompt => (template, prompt))))
            {
                var row = Prompts[template].Row(prompt).ToArray();
                var norm = Math.Sqrt(row.Sum(x => (double)x * x));
                sum = [.. sum.Zip(row, (total, x) => total + (x / norm))];
            }

            var length = Math.Sqrt(sum.Sum(x => x * x));
            for (var i = 0; i < Width; i++)
            {
                Assert.Equal(sum[i] / length, classifier.Row(c)[i], 1e-6);
            }
        }
    }

    [Fact]
    public void Pictures_are_named_as_by_the_ordinary_task()
    {
        var pictures = UnitVectors.Draw(203, Width, 77); // three tiles and a part
        int[] labels = [.. Enumerable.Range(0, 203).Select(row => row % Classes)];
        string[] ids = [.. labels.Index().Select(row => $"{row.Index}")];
        var classifier = Vectors.Classifier(0, 1);
        var expected = ZeroShotClassification.OfVectors(pictures, labels, classifier, new(100));
        var found = new RankedPictures(pictures, labels, ids).NamedBy(classifier, CancellationToken.None);
        for (var row = 0; row < 203; row++)
        {
            Assert.Equal((expected[row].Rank, expected[row].Predicted, expected[row].Class, ids[row]),
                (found[row].Rank, found[row].Predicted, found[row].Class, found[row].Id));
        }
    }

    [Fact]
    public void Halves_share_each_class_and_no_picture()
    {
        int[] labels = [.. Enumerable.Range(0, 101).Select(row => row < 60 ? 0 : row < 91 ? 1 : 2)];
        var all = new RankedPictures(UnitVectors.Draw(101, Width, 5), labels, [.. labels.Index().Select(row => $"{row.Index}")]);
        var (first, second) = all.Halves(3);
        var (a, b) = (Named(first), Named(second));
        Assert.Equal(Enumerable.Range(0, 101), a.Concat(b).Select(row => int.Parse(row.Id, null)).Order());
        Assert.All(new[] { 0, 1, 2 }, c =>
            Assert.InRange(a.Count(row => row.Class == c) - b.Count(row => row.Class == c), -1, 1));
        Assert.NotEqual(a.Select(row => row.Id), Named(all.Halves(4).First).Select(row => row.Id));

        static Outcome[] Named(RankedPictures pictures) =>
            [.. pictures.NamedBy(UnitVectors.Draw(3, Width, 1), CancellationToken.None).Rows];
    }

    [Fact]
    public void Nearest_classes_are_those_of_all_pairs()
    {
        var classifier = Vectors.Classifier(0);
        var pictures = UnitVectors.Draw(500, Width, 9);
        int[] labels = [.. Enumerable.Range(0, 500).Select(row => row % Classes)];
        var outcomes = ZeroShotClassification.OfVectors(pictures, labels, classifier, new(100));
        var expected = (from a in Enumerable.Range(0, Classes)
                        from b in Enumerable.Range(a + 1, Classes - a - 1)
                        orderby Dot(a, b) descending
                        select (a, b)).Take(10);
        var found = NearClasses.Of(classifier, outcomes);
        Assert.Equal(expected, found.Select(pair => (pair.First, pair.Second)));
        Assert.All(found, pair => Assert.Equal(
            (Taken(pair.First, pair.Second), Taken(pair.Second, pair.First), labels.Count(c => c == pair.First)),
            (pair.FirstAsSecond, pair.SecondAsFirst, pair.OfFirst)));
        Assert.Single(NearClasses.Of(classifier.Rows([0, 1]), outcomes));
        Assert.Empty(NearClasses.Of(classifier.Rows([0]), outcomes));

        double Dot(int a, int b) => classifier.Row(a).ToArray().Zip(classifier.Row(b).ToArray(), (x, y) => (double)x * y).Sum();
        int Taken(int truth, int said) => outcomes.Rows.Count(row => row.Class == truth && row.Predicted == said);
    }

    [Fact]
    public void A_prompt_without_direction_is_refused_by_its_name()
    {
        var refusal = Assert.Throws<ClipException>(() =>
            TemplateVectors.Sum(new Embeddings([1, 0, 0, 0], 2), [0, 1], ["dog", "cat"], "a {}"));
        Assert.Contains("\"cat\" in the template \"a {}\"", refusal.Message, StringComparison.Ordinal);
    }

    private static Embeddings Stretched(Embeddings rows) => new([.. rows.Values.Select((x, i) => x * (1 + (i / Width)))], Width);
}
