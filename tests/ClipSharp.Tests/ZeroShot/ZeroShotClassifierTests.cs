using ClipSharp.Text;
using ClipSharp.ZeroShot;

namespace ClipSharp.Tests.ZeroShot;

[Trait("Category", "Vectors")]
public sealed class ZeroShotClassifierTests
{
    private static readonly string[] Names = ["dog", "cat", "red car"];
    private static readonly PromptTemplate[] Templates =
        [.. new[] { "a photo of a {}.", "{}", "the {} here" }.Select(t => PromptTemplate.Parse(t))];

    private static BpeTokenizer Tokenizer => BpeTokenizer.Load(SharedFiles.Fixture("tokenizer-small"));

    [Fact]
    public void A_class_is_the_unit_mean_of_its_prompts_unit_vectors()
    {
        using var encoder = new Stretched();
        var tokenizer = Tokenizer;
        var classifier = ZeroShotClassifier.Build(encoder, tokenizer, ClassPrompts.Fill(Names, Templates), 16);
        for (var c = 0; c < Names.Length; c++)
        {
            var mean = new double[encoder.EmbedDim];
            foreach (var template in Templates)
            {
                var vector = encoder.EncodeTexts(tokenizer.Tokenize([template.Fill(Names[c])], 16)).Row(0).ToArray();
                var length = Math.Sqrt(vector.Sum(x => (double)x * x));
                mean = [.. mean.Zip(vector, (m, x) => m + (x / length / Templates.Length))];
            }

            var norm = Math.Sqrt(mean.Sum(x => x * x));
            for (var i = 0; i < mean.Length; i++)
            {
                Assert.Equal(mean[i] / norm, classifier.Weights.Row(c)[i], 1e-6);
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(100)]
    public void The_batch_size_changes_the_forwards_not_the_classifier(int batchSize)
    {
        using var encoder = new FakeEncoder();
        var classifier = ZeroShotClassifier.Build(encoder, Tokenizer, ClassPrompts.Fill(Names, Templates), 16, batchSize);
        Assert.Equal((9 + batchSize - 1) / batchSize, encoder.TextBatches.Count);
        Assert.All(encoder.TextBatches, size => Assert.True(size <= batchSize));
        Assert.Equal(ZeroShotClassifier.Build(encoder, Tokenizer, ClassPrompts.Fill(Names, Templates), 16).Weights.Values,
            classifier.Weights.Values);
    }

    [Fact]
    public void The_order_of_templates_and_of_other_classes_does_not_matter()
    {
        using var encoder = new FakeEncoder();
        var forward = ZeroShotClassifier.Build(encoder, Tokenizer, ClassPrompts.Fill(Names, Templates), 16);
        var backward = ZeroShotClassifier.Build(encoder, Tokenizer,
            ClassPrompts.Fill([.. Names.Reverse()], [.. Templates.Reverse()]), 16);
        for (var c = 0; c < 3; c++)
        {
            Assert.All(forward.Weights.Row(c).ToArray().Zip(backward.Weights.Row(2 - c).ToArray()), pair =>
                Assert.Equal(pair.First, pair.Second, 1e-6f));
        }
    }

    [Fact]
    public void Probabilities_are_the_softmax_of_scaled_cosines()
    {
        var classifier = new ZeroShotClassifier(["a", "b"], new Embeddings([1, 0, 0, 1], 2));
        var probabilities = classifier.Predict(new Embeddings([0.6f, 0.8f], 2), new(10))[0];
        Assert.Equal(1 / (1 + Math.Exp(10 * ((double)0.8f - 0.6f))), probabilities[0], 1e-7);
        Assert.Equal(1, probabilities.Sum(), 1e-12);
    }

    [Fact]
    public void A_large_scale_does_not_overflow()
    {
        var classifier = new ZeroShotClassifier(["a", "b"], new Embeddings([1, 0, 0, 1], 2));
        Assert.Equal([0.0, 1.0], classifier.Predict(new Embeddings([0, 1], 2), new(1e5))[0]);
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void A_logit_scale_that_is_no_number_is_refused(double scale)
    {
        var classifier = new ZeroShotClassifier(["a", "b"], new Embeddings([1, 0, 0, 1], 2));
        var refusal = Assert.Throws<ClipException>(() => classifier.Predict(new Embeddings([0, 1], 2), new(scale)));
        Assert.Contains("the logit scale", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_equal_classes_the_lower_index_comes_first()
    {
        var classifier = new ZeroShotClassifier(["low", "b", "c", "d"], new Embeddings([0, 1, 1, 0, 1, 0, 1, 0], 2));
        var top = classifier.Top(new Embeddings([1, 0], 2), new(100), 2)[0];
        Assert.Equal(["b", "c"], top.Select(prediction => prediction.Label));
        Assert.Equal(4, classifier.Top(new Embeddings([1, 0], 2), new(100), 10)[0].Count);
    }

    [Fact]
    public void Classes_whose_prompts_are_the_same_ids_have_the_same_weights_whatever_their_batch()
    {
        var tokenizer = BpeTokenizer.Load(SharedFiles.Fixture("tokenizer-small"));
        var prompts = ClassPrompts.Fill(["crane", "dog", "CRANE", "crane"],
            [PromptTemplate.Parse("a {}"), PromptTemplate.Parse("{}")]);
        Assert.Equal([0, 1, 0, 0], prompts.FirstOfSameIds(tokenizer, 16));
        Assert.Equal("the model cannot tell apart, for their prompts are the same tokens to it: \"crane\", \"CRANE\"",
            prompts.Indistinguishable(tokenizer, 16));
        Assert.Contains("\"dog\"", prompts.Indistinguishable(tokenizer, 2), StringComparison.Ordinal); // start and end alone
        var encoder = new FakeEncoder();

        var weights = ZeroShotClassifier.Build(encoder, tokenizer, prompts, 16, batchSize: 3).Weights;

        Assert.Equal(4, encoder.TextsEncoded);
        Assert.Equal(weights.Row(0).ToArray(), weights.Row(3).ToArray());
        Assert.Equal(weights.Row(0).ToArray(), weights.Row(2).ToArray());
        Assert.NotEqual(weights.Row(0).ToArray(), weights.Row(1).ToArray());
    }

    [Fact]
    public void No_classes_make_no_classifier() => Assert.Contains("There are no classes", Assert.Throws<ClipException>(() =>
        ZeroShotClassifier.Build(new FakeEncoder(), BpeTokenizer.Load(SharedFiles.Fixture("tokenizer-small")), ClassPrompts.None,
            16))
        .Message, StringComparison.Ordinal);

    [Fact]
    public void A_classs_weights_that_are_not_finite_are_refused_by_its_name() => Assert.Contains("the class \"b\"",
        Assert.Throws<ClipException>(() => new ZeroShotClassifier(["a", "b"], new Embeddings([1, 0, 0, float.NaN], 2))).Message,
        StringComparison.Ordinal);

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void A_vector_that_is_not_finite_is_refused(float bad)
    {
        var classifier = new ZeroShotClassifier(["a", "b"], new Embeddings([1, 0, 0, 1], 2));
        Assert.Throws<ClipException>(() => classifier.Predict(new Embeddings([bad, 0], 2), new(100)));
    }

    [Fact]
    public void Missing_templates_and_missing_classes_are_refused()
    {
        Assert.Throws<ClipException>(() => ClassPrompts.Fill(Names, []));
    }

    /// <summary>Vectors of length 3 or more: the classifier must normalise each prompt itself.</summary>
    private sealed class Stretched : IClipEncoder
    {
        private readonly FakeEncoder _inner = new();

        public int EmbedDim => _inner.EmbedDim;

        public Logits Logits => new(1);

        public string Engine => "stretched";

        public Embeddings EncodeImages(ClipSharp.Images.PixelBatch pixels) => _inner.EncodeImages(pixels);

        public Embeddings EncodeTexts(TokenBatch tokens)
        {
            var vectors = _inner.EncodeTexts(tokens);
            for (var row = 0; row < vectors.Count; row++)
            {
                for (var i = 0; i < EmbedDim; i++)
                {
                    vectors.Values[(row * EmbedDim) + i] *= 3 + tokens.EndPositions[row];
                }
            }

            return vectors;
        }

        public void Dispose() => _inner.Dispose();
    }
}
