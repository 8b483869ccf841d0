using ClipSharp.Images;
using ClipSharp.Text;
namespace ClipSharp.Torch.Tests;

public sealed class TorchClipTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_folder_becomes_a_model_that_names_pictures()
    {
        TinyModel.Write(_folder["model"]);
        using var clip = TorchClip.Load(_folder["model"]);
        var predictions = clip.Classify(ColourPictures.Png(1), ["red", "green", "blue"]);
        Assert.Equal(1, predictions.Sum(prediction => prediction.Probability), 1e-12);
        Assert.Equal(predictions.OrderByDescending(prediction => prediction.Probability), predictions);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Vectors_have_unit_length_and_do_not_depend_on_their_batch(bool hasClassToken)
    {
        TinyModel.Write(_folder["model"], config: hasClassToken ? TinyModel.WithClassToken : null);
        using var clip = TorchClip.Load(_folder["model"]);
        string[] texts = ["a red circle", "two green squares and a blue star", "a"];
        var together = clip.EncodeTexts(texts);
        for (var i = 0; i < texts.Length; i++)
        {
            var alone = clip.EncodeTexts([texts[i]]).Row(0).ToArray();
            Assert.Equal(1, alone.Sum(x => (double)x * x), 1e-5);
            Assert.All(alone.Zip(together.Row(i).ToArray()), pair => Assert.Equal(pair.First, pair.Second, 1e-5f));
        }
    }

    [Fact]
    public void A_folder_without_its_tokenizer_knows_pictures_only()
    {
        TinyModel.Write(_folder["model"]);
        File.Delete(_folder["model/vocab.json"]);
        using var clip = TorchClip.Load(_folder["model"]);
        Assert.Equal(1, clip.EncodeImages([ColourPictures.Png(1)]).Count);
        Assert.Contains("tokenizer", Assert.Throws<ClipException>(() => clip.EncodeTexts(["red"])).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_is_taken_for_its_newest_checkpoint()
    {
        TinyModel.Write(_folder["run/checkpoints/epoch_1"]);
        Directory.CreateDirectory(_folder["run/checkpoints/epoch_1/training"]);
        File.WriteAllText(_folder["run/checkpoints/epoch_1/training/state.json"], """{"step":1}""");
        using var clip = TorchClip.Load(_folder["run"]);
        Assert.Equal(1, clip.EncodeTexts(["red"]).Count);
    }

    [Fact]
    public void Nothing_in_is_nothing_out()
    {
        using var clip = TorchClip.Load(TinyModel.Write(_folder["model"]));
        Assert.Equal(0, clip.Encoder.EncodeTexts(new TokenBatch([], 16, [])).Count);
        Assert.Equal(0, clip.Encoder.EncodeImages(new PixelBatch([], 16)).Count);
        Assert.Throws<ArgumentOutOfRangeException>(() => new TokenBatch([], 0, []));
    }
}
