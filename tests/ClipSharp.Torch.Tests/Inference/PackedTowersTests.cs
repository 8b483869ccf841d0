using System.Numerics.Tensors;
using ClipSharp.Images;
using ClipSharp.Models;
using ClipSharp.Models.Towers;
using ClipSharp.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace ClipSharp.Torch.Tests.Inference;

/// <summary>The form that only infers against the training form, of every family.</summary>
public sealed class PackedTowersTests
{
    private const int Texts = 70; // in three groups by length

    public static TheoryData<string> Places => [.. ReferenceFamilies.Places, "vit-tiny/open_clip", "rn-tiny/open_clip"];

    [Theory]
    [MemberData(nameof(Places))]
    public void In_float32_all_vectors_equal_those_of_the_training_form(string place)
    {
        var files = ReferenceFamilies.Open(place);
        using var model = ClipModel.Load(files);
        using var training = new TorchEncoder(model, Precision.Parse("fp32"));
        using var packed = TorchEncoder.Load(files, precision: "fp32");
        var (pixels, tokens) = (Pictures(files.Config, 3), Sentences(files.Config));

        AssertClose(training.EncodeImages(pixels), packed.EncodeImages(pixels), 1e-5f);
        AssertClose(training.EncodeTexts(tokens), packed.EncodeTexts(tokens), 1e-5f);
        var features = training.EncodeImageFeatures(pixels);
        AssertClose(features, packed.EncodeImageFeatures(pixels),
            1e-5f * Math.Abs(TensorPrimitives.MaxMagnitude(features.Values)));
    }

    [Theory]
    [MemberData(nameof(Places))]
    public void In_bfloat16_all_vectors_lie_near_those_of_float32(string place)
    {
        var files = ReferenceFamilies.Open(place);
        using var exact = TorchEncoder.Load(files, precision: "fp32");
        using var packed = TorchEncoder.Load(files, precision: "bf16");
        var (pixels, tokens) = (Pictures(files.Config, 3), Sentences(files.Config));

        AssertNear(exact.EncodeImages(pixels), packed.EncodeImages(pixels));
        AssertNear(exact.EncodeTexts(tokens), packed.EncodeTexts(tokens));
    }

    [Fact]
    public void The_text_tower_is_read_with_the_first_texts()
    {
        using var folder = new TemporaryFolder();
        foreach (var file in Directory.GetFiles(SharedFiles.Fixture("vit-tiny/open_clip")))
        {
            File.Copy(file, folder[Path.GetFileName(file)]);
        }

        var files = ModelFiles.Open(folder.Path);
        using var encoder = TorchEncoder.Load(files, precision: "fp32");
        var weights = files.WeightsPaths.Single();
        // Another model of the same length.
        using (var file = new FileStream(weights, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            file.Write(new byte[file.Length]);
        }

        Assert.Equal(3, encoder.EncodeImages(Pictures(files.Config, 3)).Count);
        var refusal = Assert.Throws<ClipException>(() => encoder.EncodeTexts(Sentences(files.Config)));
        Assert.Contains("have changed", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_that_is_lent_keeps_its_weights()
    {
        using var scope = NewDisposeScope();
        using var model = ClipModel.Load(ReferenceFamilies.Open("vit-tiny/open_clip"));
        using (var encoder = new TorchEncoder(model, Precision.Parse("fp32")))
        {
            encoder.EncodeImages(Pictures(model.Config, 1));
        }

        Assert.All(model.NamedWeights(), weight => Assert.False(weight.Value.IsInvalid));
        model.EncodeImages(ClipModel.ToTensor(Pictures(model.Config, 1)));
    }

    // A bias that stands for the mean of many bytes would be rounded by more than such a picture says.
    [Theory]
    [InlineData("vit-tiny/open_clip")]
    [InlineData("siglip-tiny/open_clip")]
    [InlineData("clipa-tiny/open_clip")]
    public void In_bfloat16_pictures_of_one_colour_are_as_near(string place)
    {
        var files = ReferenceFamilies.Open(place);
        using var exact = TorchEncoder.Load(files, precision: "fp32");
        using var packed = TorchEncoder.Load(files, precision: "bf16");
        var pixels = Pictures(files.Config, 1);
        for (var i = 0; i < pixels.Values.Length; i++)
        {
            pixels.Values[i] = (byte)Math.Round(255 * files.Preprocess.Mean[3 * i / pixels.Values.Length]);
        }

        AssertNear(exact.EncodeImages(pixels), packed.EncodeImages(pixels), 0.99997f);
    }

    [Fact]
    public void What_is_learnt_beside_the_matrices_counts()
    {
        using var scope = NewDisposeScope();
        var files = ReferenceFamilies.Open("vit-tiny/open_clip");
        var pixels = Pictures(files.Config, 2);
        using var model = ClipModel.Load(files);
        model.AddLowRank(2, 2, (Image: true, Text: true));
        using var none = no_grad();
        using var tenth = 0.1.ToScalar();
        foreach (var (_, parameter) in model.NamedParameters().Where(p => p.Name.EndsWith("lora_B", StringComparison.Ordinal)))
        {
            parameter.fill_(tenth);
        }

        var want = model.EncodeImages(ClipModel.ToTensor(pixels)).data<float>().ToArray();
        using var encoder = new TorchEncoder(model, Precision.Parse("fp32"), ownsModel: true);

        Assert.Equal(want, encoder.EncodeImages(pixels).Values, (a, b) => Math.Abs(a - b) <= 1e-5);
    }

    private static PixelBatch Pictures(ModelConfig config, int count)
    {
        var pixels = new PixelBatch(count, config.Vision.ImageSize);
        new Random(1).NextBytes(pixels.Values);
        return pixels;
    }

    // Of all lengths, in no order, each with one end token, which is the largest id and the one that is sought.
    private static TokenBatch Sentences(ModelConfig config)
    {
        var (length, random) = (config.Text.ContextLength, new Random(2));
        var end = config.Text.Pooling == TextPooling.End ? config.Text.EosId ?? 2 : config.Text.VocabSize - 1;
        var (ids, ends) = (new int[Texts * length], new int[Texts]);
        for (var row = 0; row < Texts; row++)
        {
            ends[row] = random.Next(1, length);
            for (var i = 0; i < ends[row]; i++)
            {
                ids[(row * length) + i] = random.Next(3, config.Text.VocabSize - 1);
            }

            ids[(row * length) + ends[row]] = end;
        }

        return new TokenBatch(ids, length, ends);
    }

    private static void AssertClose(Embeddings want, Embeddings found, float bound) =>
        Assert.Equal(want.Values, found.Values, (a, b) => Math.Abs(a - b) <= bound);

    private static void AssertNear(Embeddings want, Embeddings found, float leastCosine = 0.998f)
    {
        for (var row = 0; row < want.Count; row++)
        {
            Assert.InRange(TensorPrimitives.CosineSimilarity(want.Row(row), found.Row(row)), leastCosine, 1.0001f);
        }
    }
}
