using ClipSharp.Images;
using ClipSharp.Models;
using ClipSharp.Text;
using ClipSharp.Torch.Tests.Towers;
using static TorchSharp.torch;
using TensorPrimitives = System.Numerics.Tensors.TensorPrimitives;

namespace ClipSharp.Torch.Tests;

/// <summary>A ResNet tells whether the encoder evaluates: in training mode its vectors would depend on their batch, and each call
/// would move the running statistics.</summary>
public sealed class TorchEncoderTests : IDisposable
{
    private static readonly ModelConfig Config = new()
    {
        EmbedDim = 16,
        Vision = new VisionConfig { Layers = [1, 1, 1, 1], Width = 4, ImageSize = 64, HeadWidth = 64 },
        Text = new TextConfig { ContextLength = 8, VocabSize = 64, Width = 32, Heads = 2, Layers = 1 },
    };

    private readonly ClipModel _model = ClipModel.Create(Config, seed: 1);

    public void Dispose() => _model.Dispose();

    [Fact]
    public void A_model_in_training_is_evaluated_and_goes_on_in_training()
    {
        using var scope = NewDisposeScope();
        _model.Train();
        var before = Statistics();
        float[] together;
        using (var encoder = new TorchEncoder(_model, Precision.Parse("fp32")))
        {
            together = encoder.EncodeImages(Pictures(4)).Row(0).ToArray();
            Assert.Equal(encoder.EncodeImages(Pictures(1)).Values, together, (a, b) => Math.Abs(a - b) < 1e-6);
            encoder.EncodeTexts(new TokenBatch([1, 2, 3, 0, 0, 0, 0, 0], 8, [2]));
        }

        Assert.True(_model.Image.training);
        Assert.All(before.Zip(Statistics()), pair => Assert.True(pair.First.Equals(pair.Second)));
        _model.Train(false);
        using var evaluating = new TorchEncoder(_model, Precision.Parse("fp32"));
        Assert.Equal(together, evaluating.EncodeImages(Pictures(4)).Row(0).ToArray());
    }

    [Theory]
    [InlineData("fp32", "torch cpu fp32")]
    [InlineData("bf16", "torch cpu bf16")]
    public void On_a_processor_it_says_so_and_leaves_none_of_it_free(string precision, string engine)
    {
        using var encoder = new TorchEncoder(_model, Precision.Parse(precision));
        Assert.Equal(engine, encoder.Engine);
        Assert.False(encoder.LeavesProcessorFree);
    }

    [Theory]
    [InlineData("vit-tiny")]
    [InlineData("rn-tiny")]
    public void In_bfloat16_features_before_the_last_projection_lie_near_those_of_float32(string name)
    {
        using var scope = NewDisposeScope();
        using var model = Reference.Model(name);
        var size = model.Config.Vision.ImageSize;
        var pixels = new PixelBatch([.. Enumerable.Range(0, 6 * (int)size.Area).Select(i => (byte)(i * 31 % 251))], size);
        using var exact = new TorchEncoder(model, Precision.Parse("fp32"));
        using var half = new TorchEncoder(model, Precision.Parse("bf16"));
        var (want, found) = (exact.EncodeImageFeatures(pixels), half.EncodeImageFeatures(pixels));
        for (var row = 0; row < 2; row++)
        {
            Assert.InRange(TensorPrimitives.CosineSimilarity(want.Row(row), found.Row(row)), 0.999f, 1.0001f);
        }
    }

    [Theory]
    [InlineData("vit-tiny", 64)]
    [InlineData("rn-tiny", 32)] // its last projection is its pooling's own
    public void Features_before_the_last_projection_are_what_it_projects(string name, int width)
    {
        using var scope = NewDisposeScope();
        using var none = no_grad();
        using var model = Reference.Model(name);
        using var encoder = new TorchEncoder(model, Precision.Parse("fp32"));
        var size = model.Config.Vision.ImageSize;
        var pixels = new PixelBatch([.. Enumerable.Range(0, 6 * (int)size.Area).Select(i => (byte)(i * 31 % 251))], size);

        var features = encoder.EncodeImageFeatures(pixels);

        Assert.Equal((width, width, 2), (encoder.ImageFeatureDim!.Value, features.Dimension, features.Count));
        var rows = tensor(features.Values).view(2, width);
        var projected = model.NamedWeights().Where(weight => weight.Name == "visual.proj").Select(weight => rows.mm(weight.Value))
            .FirstOrDefault(rows);
        Assert.Equal(encoder.EncodeImages(pixels).Values, ClipModel.Unit(projected).data<float>().ToArray(),
            (a, b) => Math.Abs(a - b) < 1e-6);
    }

    [Theory]
    [InlineData("fp32")]
    [InlineData("bf16")]
    public void Threads_that_call_it_at_once_get_what_they_would_get_alone(string precision)
    {
        using var scope = NewDisposeScope();
        _model.Train();
        using var encoder = new TorchEncoder(_model, Precision.Parse(precision));
        var before = Statistics();
        var tokens = new TokenBatch([1, 2, 3, 0, 0, 0, 0, 0], 8, [2]);
        var (alone, text) = (encoder.EncodeImages(Pictures(3)).Values, encoder.EncodeTexts(tokens).Values);

        Parallel.For(0, 200, new ParallelOptions { MaxDegreeOfParallelism = 4 }, i =>
        {
            Assert.Equal(alone, encoder.EncodeImages(Pictures(3)).Values);
            Assert.Equal(text, encoder.EncodeTexts(tokens).Values);
        });

        Assert.All(before.Zip(Statistics()), pair => Assert.True(pair.First.Equals(pair.Second)));
    }

    [Fact]
    public void What_does_not_fit_the_model_and_calls_after_the_end_are_refused()
    {
        var encoder = new TorchEncoder(_model, Precision.Parse("fp32"));
        Assert.Contains("64", Assert.Throws<ArgumentException>(
            () => encoder.EncodeImages(new PixelBatch(new byte[3 * 32 * 32], 32))).Message, StringComparison.Ordinal);
        Assert.Contains("Pictures are of 64x32 pixels, the model takes 64.", Assert.Throws<ArgumentException>(
            () => encoder.EncodeImages(new PixelBatch(1, new Extent(64, 32)))).Message, StringComparison.Ordinal);
        Assert.Contains("[B, 3, 64, 64]", Assert.Throws<ArgumentException>(() => _model.EncodeImages(
            TorchSharp.torch.zeros([1, 3, 64, 32], TorchSharp.torch.ScalarType.Byte))).Message, StringComparison.Ordinal);
        Assert.Contains("8", Assert.Throws<ArgumentException>(
            () => encoder.EncodeTexts(new TokenBatch(new int[9], 9, [1]))).Message, StringComparison.Ordinal);

        encoder.Dispose();
        encoder.Dispose();

        Assert.Throws<ObjectDisposedException>(() => encoder.EncodeImages(Pictures(1)));
    }

    private static PixelBatch Pictures(int count) =>
        new([.. Enumerable.Range(0, count * 3 * 64 * 64).Select(i => (byte)((i * 37) ^ (i >> 5)))], 64);

    private List<Tensor> Statistics() => [.. _model.NamedBuffers().Select(buffer => buffer.Buffer.clone())];
}
