using ClipSharp.Images;
using ClipSharp.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace ClipSharp.Torch.Tests;

/// <summary>What <see cref="IClipEncoder"/> promises of rows that share a batch, and batches beyond an array.</summary>
public sealed class BatchInvarianceTests
{
    [Theory]
    [InlineData("vit-tiny/open_clip")]
    [InlineData("rn-tiny/open_clip")]
    [InlineData(null)]
    public void A_vector_in_float32_is_the_same_alone_and_among_others(string? place) =>
        Assert.InRange(Measure(place, "fp32").Difference, 0, 1e-6f);

    [Theory]
    [InlineData("vit-tiny/open_clip")]
    [InlineData("rn-tiny/open_clip")]
    [InlineData(null)]
    public void A_vector_in_bfloat16_is_nearly_the_same_and_names_the_same(string? place)
    {
        var found = Measure(place, "bf16");
        Assert.InRange(found.Cosine, 0.9999, 1.0001);
        if (place is not null) // fresh weights make all pictures one
        {
            Assert.Equal((1.0, 0.0), (found.SameName, found.NearTies));
        }
    }

    // Pages that nobody writes to are no memory.
    [Fact]
    public void A_batch_beyond_2_GiB_is_a_tensor_of_its_own_memory()
    {
        using var scope = NewDisposeScope();
        var batch = new PixelBatch(14_267, 224);
        batch.Picture(14_266).Fill(7);
        var pixels = ClipModel.ToTensor(batch);
        Assert.Equal([14_267, 3, 224, 224], pixels.shape);
        Assert.Equal(7, pixels[14_266, 2, 223, 223].ToInt32());
        pixels[14_266, 0, 0, 0] = tensor((byte)9);
        Assert.Equal(9, batch.Picture(14_266)[0]);
    }

    private static BatchInvariance Measure(string? place, string precision)
    {
        using var encoder = place is null
            ? Drawn(precision)
            : TorchEncoder.Load(ReferenceModels.Open(place), precision: precision);
        var config = place is null ? DrawnConfig : ReferenceModels.Open(place).Config;
        var found = BatchInvariance.Of(encoder, config);
        TestContext.Current.SendDiagnosticMessage("{0} {1}: {2}", place ?? "drawn", precision, found);
        return found;
    }

    private static readonly ModelConfig DrawnConfig = new()
    {
        EmbedDim = 64,
        Vision = new VisionConfig { Layers = [1, 1, 1, 1], Width = 8, ImageSize = 64, HeadWidth = 64 },
        Text = new TextConfig { ContextLength = 20, VocabSize = 600, Width = 64, Heads = 2, Layers = 2 },
    };

    private static TorchEncoder Drawn(string precision) =>
        new(ClipModel.Create(DrawnConfig, seed: 3), Precision.Parse(precision), ownsModel: true);
}
