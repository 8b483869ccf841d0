using ClipSharp.Text;
using ClipSharp.Weights;

namespace ClipSharp.Onnx.Tests;

public sealed class OnnxClipTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void An_exported_model_names_pictures()
    {
        Export();
        using var clip = OnnxClip.Load(_folder["onnx"]);
        var predictions = clip.Classify(ColourPictures.Png(1), ["red", "green", "blue"]);
        Assert.Equal(1, predictions.Sum(prediction => prediction.Probability), 1e-12);
        Assert.Equal(100, clip.Encoder.LogitScale, 1e-4);
    }

    [Fact]
    public void Vectors_have_unit_length_and_do_not_depend_on_their_batch()
    {
        Export();
        using var clip = OnnxClip.Load(_folder["onnx"], threads: 1);
        string[] texts = ["a red circle", "two green squares and a blue star", "a"];
        var together = clip.EncodeTexts(texts);
        for (var i = 0; i < texts.Length; i++)
        {
            var alone = clip.EncodeTexts([texts[i]]).Row(0).ToArray();
            Assert.Equal(1, alone.Sum(x => (double)x * x), 1e-5);
            Near.Assert(texts[i], alone, together.Row(i), 1e-5);
        }
    }

    private void Export(OnnxTowers towers = OnnxTowers.Both)
    {
        var model = TinyModel.Write(_folder["model"]);
        using var weights = WeightsFile.Open(model.WeightsPaths[0]);
        OnnxExporter.Write(_folder["onnx"], model.Config, model.Preprocess, BpeTokenizer.Load(model.TokenizerPath),
            weights.Tensors.Values, towers);
    }
}
