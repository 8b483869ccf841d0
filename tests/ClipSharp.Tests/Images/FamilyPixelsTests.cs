using ClipSharp.Images;
using ClipSharp.Images.Decoding;

namespace ClipSharp.Tests.Images;

/// <summary>Pictures as the preprocessing of further families makes them, from the files that say it.</summary>
[Trait("Category", "Vectors")]
public sealed class FamilyPixelsTests
{
    [Theory]
    [InlineData("siglip-tiny/open_clip", "")]
    [InlineData("siglip2-tiny/open_clip", "")]
    [InlineData("siglip2-tiny/huggingface", "#bilinear")]
    [InlineData("clipa-tiny/open_clip", "")]
    [InlineData("worldwide-tiny/open_clip", "")]
    [InlineData("mobileclip-tiny/open_clip", "")]
    public void Values_are_the_reference_s(string place, string way)
    {
        var model = ReferenceFamilies.Open(place);
        // The reference is open_clip's transform, with transformers' filter too: it resizes before it drops the alpha.
        var preprocessor = new ImagePreprocessor(model.Preprocess with { Compat = Compat.OpenAI }, model.Config.Vision.ImageSize);
        using var reference = Fixtures.OpenSafetensors($"{place.Split('/')[0]}/preprocessed.safetensors");
        var planes = new byte[3 * preprocessor.Size.Area];
        foreach (var key in reference.Tensors.Keys.Where(key => key.Contains('#', StringComparison.Ordinal) == (way != "")))
        {
            var name = key.Split('#')[0];
            preprocessor.Apply(ImageDecoder.Load(SharedFiles.Fixture($"pixels/source/{name}")), planes);
            var expected = reference.ReadFloats(key);
            for (var i = 0; i < planes.Length; i++)
            {
                var channel = i / (planes.Length / 3);
                var found = ((planes[i] / 255.0) - preprocessor.Config.Mean[channel]) / preprocessor.Config.Std[channel];
                Assert.True(Math.Abs(expected[i] - found) < 1e-6, $"{key}, number {i}: {expected[i]} and {found}");
            }
        }
    }
}
