using ClipSharp.Models;

namespace ClipSharp.Training.Tests.Runs;

public sealed class PretrainedImageTests : IDisposable
{
    private readonly TinyRun _tiny = new();

    [Fact]
    public void A_locked_image_tower_is_the_models_to_the_bit_and_the_text_tower_is_new()
    {
        var source = _tiny.RunUntil(3, _tiny.Options("source")).Checkpoint!;

        var end = _tiny.RunUntil(1, _tiny.Options() with { PretrainedImage = source, LockImage = true, Seed = 7, EmaDecay = 0 });

        var (before, after) = (Weights(source), Weights(end.Checkpoint!));
        Assert.All(before.Where(w => w.Key.StartsWith("visual.", StringComparison.Ordinal)), w => Assert.Equal(w.Value, after[w.Key]));
        Assert.NotEqual(before["token_embedding.weight"], after["token_embedding.weight"]);
        Assert.NotEqual(before["text_projection"], after["text_projection"]);
    }

    [Fact]
    public void The_text_tower_may_have_another_shape_and_the_image_tower_may_not()
    {
        var source = _tiny.RunUntil(1, _tiny.Options("source")).Checkpoint!;
        var model = File.ReadAllText(_tiny.Folder["model.json"]);

        File.WriteAllText(_tiny.Folder["model.json"], model.Replace("\"context_length\": 12", "\"context_length\": 9", StringComparison.Ordinal));
        var end = _tiny.RunUntil(1, _tiny.Options() with { PretrainedImage = source });
        Assert.Equal(9, ModelFiles.Open(end.Checkpoint!).Config.Text.ContextLength);

        File.WriteAllText(_tiny.Folder["model.json"], model.Replace("\"head_width\": 16", "\"head_width\": 8", StringComparison.Ordinal));
        var refused = Assert.Throws<ClipException>(() => _tiny.Run(_tiny.Options("heads") with { PretrainedImage = source }));
        Assert.Equal(ClipError.Config, refused.Kind); // the weights would fit
        Assert.Contains("The image tower is another one", refused.Message, StringComparison.Ordinal);
    }

    public void Dispose() => _tiny.Dispose();

    private static Dictionary<string, byte[]> Weights(string checkpoint)
    {
        using var weights = ModelFiles.Open(checkpoint).OpenWeights();
        return weights.Tensors.ToDictionary(t => t.Key, t => t.Value.Bytes().ToArray(), StringComparer.Ordinal);
    }
}
