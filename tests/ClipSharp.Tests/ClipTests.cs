using System.Collections.Concurrent;
using ClipSharp.Images;
using ClipSharp.Images.Decoding;
using ClipSharp.Models;
using ClipSharp.Text;
using ClipSharp.ZeroShot;

namespace ClipSharp.Tests;

public sealed class ClipTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly ColourEncoder _encoder = new(BpeTokenizer.Load(SharedFiles.Fixture("tokenizer-small")));
    private readonly Clip _clip;

    public ClipTests() => _clip = new Clip(_encoder, TinyModel.Write(_folder["model"])) { BatchSize = 2 };

    public void Dispose()
    {
        _clip.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void A_picture_is_named_by_path_and_by_its_bytes_alike()
    {
        var predictions = _clip.Classify(Picture("green.png", 1), ColourPictures.Names);
        Assert.Equal("green", predictions[0].Label);
        Assert.Equal(3, predictions.Count);
        Assert.Equal(1, predictions.Sum(prediction => prediction.Probability), 1e-12);
        Assert.Equal(predictions, _clip.Classify(ColourPictures.Png(1), ColourPictures.Names));
    }

    [Fact]
    public void The_last_classifier_is_kept_until_labels_or_templates_change()
    {
        var picture = Picture("red.png", 0);
        _clip.Classify(picture, ["red", "blue"]);
        _clip.Classify(picture, ["red", "blue"]);
        Assert.Equal(2, _encoder.TextsEncoded);
        _clip.Classify(picture, ["blue", "red"]);
        Assert.Equal(4, _encoder.TextsEncoded);
        Assert.Equal("red", _clip.Classify(picture, ["blue", "red"], [PromptTemplate.Parse("{}")])[0].Label);
        Assert.Equal(6, _encoder.TextsEncoded);
    }

    [Fact]
    public void Vectors_that_are_no_numbers_are_refused_by_the_picture_or_text_and_the_tensor()
    {
        var model = TinyModel.Write(_folder["spoilt"]);
        TinyModel.Spoil(_folder["spoilt/open_clip_model.safetensors"], "visual.proj");
        using var clip = new Clip(new NaNEncoder(), model) { BatchSize = 2 };
        string[] pictures = [Picture("a.png", 0), Picture("b.png", 1), Picture("c.png", 2)];

        var refusal = Assert.Throws<ClipException>(() => clip.EncodeImages(pictures));
        Assert.Equal(ClipError.Data, refusal.Kind);
        Assert.Contains("b.png): found NaN", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("hold NaN or infinity in visual.proj", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("the text \"two\"", Assert.Throws<ClipException>(() => clip.EncodeTexts(["one", "two"])).Message,
            StringComparison.Ordinal);
        Assert.Contains("picture 1)", Assert.Throws<ClipException>(() => clip.EncodeImages(
            [ColourPictures.Png(0), ColourPictures.Png(1)])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Pictures_need_no_tokenizer()
    {
        var model = TinyModel.Write(_folder["mute"]);
        File.Delete(_folder["mute/vocab.json"]);
        using var clip = new Clip(new FakeEncoder(), ModelFiles.Open(model.Location));

        Assert.Equal(1, clip.EncodeImages([Picture("red.png", 0)]).Count);
        Assert.Contains("The model has no tokenizer", Assert.Throws<ClipException>(() => clip.EncodeTexts(["red"])).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_damaged_tokenizer_is_told_at_once()
    {
        var model = TinyModel.Write(_folder["damaged"]);
        File.WriteAllText(_folder["damaged/vocab.json"], "{");
        Assert.Throws<ClipException>(() => new Clip(new FakeEncoder(), model));
    }

    [Fact]
    public void Vectors_come_in_the_order_of_the_files_over_several_batches()
    {
        var files = Enumerable.Range(0, 5).Select(i => Picture($"{i}.png", i % 3)).ToArray();
        var vectors = _clip.EncodeImages(files);
        Assert.Equal(5, vectors.Count);
        for (var i = 0; i < 5; i++)
        {
            Assert.True(vectors.Row(i)[i % 3] > 0.9f);
            Assert.Equal(_clip.EncodeImages([files[i]]).Values, vectors.Row(i).ToArray());
        }
    }

    [Fact]
    public void Pictures_are_decoded_between_two_batches_where_the_engine_has_all_cores()
    {
        var events = new ConcurrentQueue<string>();
        using var watched = new WatchedEncoder(_encoder) { Before = () => events.Enqueue("computed") };
        using var clip = new Clip(watched, TinyModel.Write(_folder["watched"])) { BatchSize = 2 };
        clip.EncodeImages([0, 1, 2, 1, 0], colour =>
        {
            events.Enqueue("decoded");
            return ImageDecoder.Decode(ColourPictures.Png(colour), "picture");
        }, colour => $"{colour}", cancel: TestContext.Current.CancellationToken);
        Assert.Equal(["decoded", "decoded", "computed", "decoded", "decoded", "computed", "decoded", "computed"], events);
    }

    [Fact]
    public void A_file_that_is_no_picture_is_told_as_when_it_is_alone_whichever_batch_it_is_in()
    {
        File.WriteAllText(_folder["page.html"], "<html>");
        var expected = Assert.Throws<ClipException>(() => _clip.EncodeImages([_folder["page.html"]])).Message;
        for (var at = 0; at < 5; at++)
        {
            string[] files = [.. Enumerable.Range(0, 5).Select(i => i == at ? _folder["page.html"] : Picture($"{i}.png", i % 3))];
            Assert.Equal(expected, Assert.Throws<ClipException>(() => _clip.EncodeImages(files)).Message);
        }
    }

    [Fact]
    public void Texts_longer_than_the_context_are_cut()
    {
        var longText = string.Join(' ', Enumerable.Repeat("a", 50)) + " red";
        Assert.True(_clip.EncodeTexts([longText]).Row(0)[0] < 0.5f);
        Assert.True(_clip.EncodeTexts(["red " + longText]).Row(0)[0] > 0.9f);
    }

    [Theory]
    [InlineData("", ClipError.Data, "an empty file")]
    [InlineData("<html>", ClipError.Data, "something that is no picture")]
    [InlineData(null, ClipError.NoInput, "page.jpg")]
    public void What_is_no_picture_is_refused_by_its_path(string? content, ClipError kind, string found)
    {
        var path = _folder["page.jpg"];
        if (content is not null)
        {
            File.WriteAllText(path, content);
        }

        var refusal = Assert.Throws<ClipException>(() => _clip.Classify(path, ["red"]));
        Assert.Equal(kind, refusal.Kind);
        Assert.Contains(path, refusal.Message, StringComparison.Ordinal);
        Assert.Contains(found, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_device_is_not_read_without_end()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "/dev/zero is a device of Unix.");
        Assert.Throws<ClipException>(() => _clip.EncodeImages(["/dev/zero"]));
    }

    private string Picture(string name, int colour)
    {
        File.WriteAllBytes(_folder[name], ColourPictures.Png(colour));
        return _folder[name];
    }

    /// <summary>Every second vector of a batch is no number.</summary>
    private sealed class NaNEncoder : IClipEncoder
    {
        public int EmbedDim => 2;

        public Logits Logits => new(1);

        public string Engine => "NaN";

        public Embeddings EncodeImages(PixelBatch pixels) => Vectors(pixels.Count);

        public Embeddings EncodeTexts(TokenBatch tokens) => Vectors(tokens.Count);

        public void Dispose()
        {
        }

        private static Embeddings Vectors(int count) =>
            new([.. Enumerable.Range(0, 2 * count).Select(i => i % 4 == 3 ? float.NaN : 0.5f)], 2);
    }
}
