using ClipSharp.Images;
using ClipSharp.Models;

namespace ClipSharp.Training.Tests.Runs;

public sealed class PretrainedImageTests : IDisposable
{
    private readonly TinyRun _tiny = new();

    [Fact]
    public void A_locked_image_tower_is_the_models_to_the_bit_and_the_text_tower_is_new()
    {
        var source = _tiny.RunUntil(3, _tiny.Options("source")).Checkpoint!;

        var options = _tiny.Options() with { Seed = 7, EmaDecay = 0, Lr = 1e-30 }; // moves no number but zeros: biases
        var scratch = Weights(_tiny.RunUntil(1, options with { Name = "scratch" }).Checkpoint!);
        var started = Weights(_tiny.RunUntil(1, options with { PretrainedImage = source, LockImage = true }).Checkpoint!);

        var before = Weights(source);
        Assert.All(started.Where(w => IsImage(w.Key) || !w.Key.EndsWith("bias", StringComparison.Ordinal)), w =>
            Assert.Equal(IsImage(w.Key) ? before[w.Key] : scratch[w.Key], w.Value));
        Assert.NotEqual(before["token_embedding.weight"], scratch["token_embedding.weight"]);
        Assert.NotEqual(before["visual.proj"], scratch["visual.proj"]);
    }

    [Fact]
    public void The_text_tower_may_have_another_shape_and_the_image_tower_may_not()
    {
        var source = _tiny.RunUntil(1, _tiny.Options("source")).Checkpoint!;
        var model = File.ReadAllText(_tiny.Folder["model.json"]);

        File.WriteAllText(_tiny.Folder["model.json"],
            model.Replace("\"context_length\": 12", "\"context_length\": 9", StringComparison.Ordinal));
        var end = _tiny.RunUntil(1, _tiny.Options() with { PretrainedImage = source });
        Assert.Equal(9, ModelFiles.Open(end.Checkpoint!).Config.Text.ContextLength);

        File.WriteAllText(_tiny.Folder["model.json"],
            model.Replace("\"head_width\": 16", "\"head_width\": 8", StringComparison.Ordinal));
        var refused = Assert.Throws<ClipException>(() => _tiny.Run(_tiny.Options("heads") with { PretrainedImage = source }));
        Assert.Equal(ClipError.Config, refused.Kind); // the weights would fit
        Assert.Contains("The image tower is another one", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Pictures_go_on_being_made_as_the_model_was_used_to(bool imageOnly)
    {
        var source = _tiny.RunUntil(1, _tiny.Options("source") with
        {
            PreprocessCfg = new() { Mean = [0.5, 0.5, 0.5], Background = Background.Black },
        }).Checkpoint!;
        var options = _tiny.Options() with
        {
            PreprocessCfg = new() { Background = Background.White, Interpolation = ResampleFilter.Bilinear },
        };

        var end = _tiny.RunUntil(1, imageOnly ? options with { PretrainedImage = source } : options with { Pretrained = source });

        var found = ModelFiles.Open(end.Checkpoint!).Preprocess;
        Assert.Equal([0.5, 0.5, 0.5], found.Mean);
        Assert.Equal(Background.Black, found.Background);
        Assert.Equal(ResampleFilter.Bilinear, found.Interpolation); // said beside the default
    }

    [Fact]
    public void A_learned_bias_of_the_logits_goes_on()
    {
        var source = _tiny.RunUntil(3, _tiny.Options("source") with { Siglip = true, EmaDecay = 0 }).Checkpoint!;

        var end = _tiny.RunUntil(1, _tiny.Options() with { Siglip = true, EmaDecay = 0, Lr = 1e-30, Pretrained = source });

        Assert.Equal(Weights(source)["logit_bias"], Weights(end.Checkpoint!)["logit_bias"]);
    }

    public void Dispose() => _tiny.Dispose();

    private static bool IsImage(string name) => name.StartsWith("visual.", StringComparison.Ordinal);

    private static Dictionary<string, byte[]> Weights(string checkpoint)
    {
        using var weights = ModelFiles.Open(checkpoint).OpenWeights();
        return weights.Tensors.ToDictionary(t => t.Key, t => t.Value.Bytes().ToArray(), StringComparer.Ordinal);
    }
}
