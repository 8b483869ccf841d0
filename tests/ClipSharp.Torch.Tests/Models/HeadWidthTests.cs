using ClipSharp.Images;
using ClipSharp.Models;
using ClipSharp.Text;

namespace ClipSharp.Torch.Tests.Models;

/// <summary>Features depend on how wide heads are, which no shape tells.</summary>
public sealed class HeadWidthTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(16)]
    [InlineData(32)]
    [InlineData(80)]
    public void Bare_weights_that_were_told_their_heads_have_the_model_s_features_and_others_have_not(int width)
    {
        var model = TinyModel.Write(_folder["model"], config: TinyModel.WithHeads(width));
        TinyModel.WriteBare(model, _folder["bare.safetensors"]);
        ModelConversion.Write(model, _folder["hf"], "huggingface");
        var truth = Features(model);
        Assert.Equal(truth, Features(ModelFiles.Open(_folder["hf"])));
        Assert.Equal(truth, Features(Told(TinyModel.WithHeads(width))));
        Assert.NotEqual(truth, Features(Told(TinyModel.WithHeads(width == 16 ? 32 : 16))));

        ModelFiles Told(ModelConfig config) =>
            ModelFiles.Open(_folder["bare.safetensors"], new ModelOverrides { Config = config });
    }

    private static float[] Features(ModelFiles model)
    {
        using var encoder = TorchEncoder.Load(model, precision: "fp32");
        var side = model.Config.Vision.ImageSize;
        var pixels = Enumerable.Range(0, 3 * (int)side.Area).Select(i => (byte)(i * 37)).ToArray();
        var images = encoder.EncodeImages(new PixelBatch(pixels, side));
        var texts = encoder.EncodeTexts(BpeTokenizer.Load(SharedFiles.Fixture("tokenizer-small"))
            .Tokenize(["a red square"], model.Config.Text.ContextLength));
        return [.. images.Row(0), .. texts.Row(0)];
    }
}
