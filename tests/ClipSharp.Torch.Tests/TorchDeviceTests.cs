using System.Text.Json;
using ClipSharp.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace ClipSharp.Torch.Tests;

public sealed class TorchDeviceTests
{
    [Theory]
    [InlineData("banana", ClipError.Usage)]
    [InlineData("cuda:", ClipError.Usage)]
    [InlineData("CPU", ClipError.Usage)]
    [InlineData("cuda:99", ClipError.Unavailable)]
    public void What_is_no_device_here_is_refused(string name, ClipError kind)
    {
        var refused = Assert.Throws<ClipException>(() => TorchDevice.Parse(name).Open());
        Assert.Equal(kind, refused.Kind);
        Assert.Contains(name, refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("cpu", "cpu", true)]
    [InlineData("cuda", "cuda:0", false)]
    [InlineData("cuda:0", "cuda:0", false)]
    [InlineData("cuda:7", "cuda:7", false)]
    public void A_device_is_one_value_however_it_is_named(string name, string spelt, bool isCpu)
    {
        var device = TorchDevice.Parse(name);

        Assert.Equal((spelt, isCpu, TorchDevice.Parse(spelt)), (device.ToString(), device.IsCpu, device));
        Assert.Equal($"\"{spelt}\"", JsonSerializer.Serialize(device));
        Assert.Equal(device, JsonSerializer.Deserialize<TorchDevice>($"\"{name}\""));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_model_moves_with_all_that_it_owns(bool isResNet)
    {
        using var scope = NewDisposeScope();
        using var model = ClipModel.Create(new ModelConfig
        {
            EmbedDim = 16,
            InitLogitBias = -10,
            Vision = isResNet
                ? new VisionConfig { Layers = [1, 1, 1, 1], Width = 4, ImageSize = 64, HeadWidth = 64 }
                : new VisionConfig { Layers = [1], Width = 32, ImageSize = 64, PatchSize = 16, HeadWidth = 16 },
            Text = new TextConfig { ContextLength = 8, VocabSize = 64, Width = 32, Heads = 2, Layers = 1 },
        });
        var elsewhere = new Device(DeviceType.META); // shapes without numbers

        model.To(elsewhere);

        Assert.Equal(DeviceType.META, model.Device.type);
        Assert.All(model.NamedWeights(), weight => Assert.Equal(DeviceType.META, weight.Value.device_type));
        Assert.All(model.NamedParameters(), weight => Assert.True(weight.Parameter.requires_grad));
        // META has no norm and no convolution. What stands before the image tower's first one, the normalisation of pixels, has
        // run there.
        var expected = isResNet ? "convolution_overrideable not implemented" : "aten::native_batch_norm: attempted to run";
        var thrown = Assert.ThrowsAny<Exception>(
            () => model.EncodeImages(zeros(2, 3, 64, 64, dtype: ScalarType.Byte, device: elsewhere)));
        Assert.StartsWith(expected, thrown.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ScalarType.Float32, 64)]
    [InlineData(ScalarType.Int64, 64)]
    [InlineData(ScalarType.Byte, 32)]
    public void Pixels_that_are_not_as_decoded_are_refused(ScalarType type, int size)
    {
        using var scope = NewDisposeScope();
        using var model = ClipModel.Create(new ModelConfig
        {
            EmbedDim = 16,
            Vision = new VisionConfig { Layers = [1], Width = 32, ImageSize = 64, PatchSize = 16, HeadWidth = 16 },
            Text = new TextConfig { ContextLength = 8, VocabSize = 64, Width = 32, Heads = 2, Layers = 1 },
        });
        var refused = Assert.Throws<ArgumentException>(() => model.EncodeImages(zeros(2, 3, size, size, dtype: type)));
        Assert.StartsWith("Pixels are uint8 [B, 3, 64, 64], 0 to 255 as decoded", refused.Message, StringComparison.Ordinal);
        Assert.Equal([2, 16], model.EncodeImages(zeros(2, 3, 64, 64, dtype: ScalarType.Byte)).shape);
    }

    [Fact]
    public void Gradients_of_pictures_come_back_where_there_is_no_dispose_scope()
    {
        var config = new ModelConfig
        {
            EmbedDim = 16,
            QuickGelu = true,
            Vision = new VisionConfig { Layers = [2], Width = 32, ImageSize = 64, PatchSize = 16, HeadWidth = 16 },
            Text = new TextConfig { ContextLength = 8, VocabSize = 64, Width = 32, Heads = 2, Layers = 1 },
        };
        byte[][] Gradients()
        {
            using var model = ClipModel.Create(config, seed: 1);
            using var pixels = arange(2 * 3 * 64 * 64).remainder(251).to(ScalarType.Byte).view(2, 3, 64, 64);
            using var features = model.EncodeImages(pixels);
            features.narrow(1, 0, 5).sum().backward();
            return [.. model.NamedParameters().Where(p => p.Parameter.grad is not null)
                .Select(p => p.Parameter.grad!.bytes.ToArray())];
        }

        var unscoped = Gradients();
        using var scope = NewDisposeScope();
        Assert.Equal(Gradients(), unscoped);
        Assert.Contains(unscoped, gradient => gradient.Any(b => b != 0));
    }
}
