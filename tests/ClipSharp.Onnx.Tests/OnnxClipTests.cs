using ClipSharp.Files;
using ClipSharp.Images;
using ClipSharp.Models;
using ClipSharp.Text;

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
        Assert.Equal(100, clip.Encoder.Logits.Scale, 1e-4);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Vectors_have_unit_length_and_do_not_depend_on_their_batch(bool hasClassToken)
    {
        Export(config: hasClassToken ? TinyModel.WithClassToken : null);
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

    [Fact]
    public void Cleaning_of_texts_and_making_of_pictures_travel_along()
    {
        var model = TinyModel.Write(_folder["model"]);
        using var weights = model.OpenWeights();
        OnnxExporter.Write(_folder["onnx"], model.Config, model.Preprocess with { Compat = Compat.HuggingFace },
            BpeTokenizer.Load(_folder["model"], TextCleaning.HuggingFace), weights.Tensors.Values);
        using var clip = OnnxClip.Load(_folder["onnx"]);
        Assert.Equal(TextCleaning.HuggingFace, clip.Tokenizer.Cleaning);
        Assert.Equal(Compat.HuggingFace, clip.Preprocessor.Config.Compat);
    }

    [Theory]
    [InlineData("siglip-tiny/open_clip", true)]
    [InlineData("worldwide-tiny/open_clip", false)]
    public void Scores_travel_along(string place, bool isSigmoid)
    {
        var model = ReferenceFamilies.Open(place);
        using var weights = model.OpenWeights();
        OnnxExporter.Write(_folder["onnx"], model.Config, model.Preprocess, model.LoadTokenizer(), weights.Tensors.Values);
        using var clip = OnnxClip.Load(_folder["onnx"]);
        Assert.Equal(isSigmoid, clip.Logits.IsSigmoid);
        using var want = Fixtures.OpenSafetensors($"{place.Split('/')[0]}/expected.safetensors");
        var (pictures, texts) = (want.ReadFloats("vision/normalised"), want.ReadFloats("text/normalised"));
        var cosine = Enumerable.Range(0, model.Config.EmbedDim).Sum(i => (double)pictures[i] * texts[i]);
        Assert.Equal(want.ReadFloats("logits_per_image")[0], clip.Logits.Of(cosine), 1e-4);
    }

    [Fact]
    public void Pictures_that_are_no_squares_have_their_own_shape()
    {
        var model = TinyModel.Write(_folder["model"], config: TinyModel.Config with
        {
            Vision = TinyModel.Config.Vision with { ImageSize = new Extent(16, 24) },
        });
        using var weights = model.OpenWeights();
        OnnxExporter.Write(_folder["onnx"], model.Config, model.Preprocess, model.LoadTokenizer(), weights.Tensors.Values);
        using var clip = OnnxClip.Load(_folder["onnx"]);
        Assert.Equal(new Extent(16, 24), clip.Preprocessor.Size);
        Assert.Equal(1, clip.EncodeImages([ColourPictures.Png(1)]).Count);
        Assert.StartsWith("Pictures are of 24x16 pixels, the model takes 16x24.", Assert.Throws<ArgumentException>(
            () => clip.Encoder.EncodeImages(new PixelBatch(1, new Extent(24, 16)))).Message, StringComparison.Ordinal);

        Export(name: "squares");
        AtomicFile.Write(_folder["onnx/vision_model.onnx"],
            stream => stream.Write(File.ReadAllBytes(_folder["squares/vision_model.onnx"])));
        using var other = OnnxClip.Load(_folder["onnx"]);
        Assert.Contains("[?, 3, 16, 16], outputs image_embeds Float [?, 32], expected pixel_values [B, 3, 16, 24]",
            Assert.Throws<ClipException>(() => other.EncodeImages([ColourPictures.Png(1)])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Several_threads_get_what_one_gets()
    {
        Export();
        using var encoder = new OnnxEncoder(OnnxFolder.Open(_folder["onnx"]), threads: 1);
        var batches = Enumerable.Range(0, 16)
            .Select(i => new PixelBatch([.. Enumerable.Range(0, 768).Select(j => (byte)(i * j))], 16)).ToArray();
        var together = batches.AsParallel().AsOrdered().Select(batch => encoder.EncodeImages(batch).Values).ToArray();
        Assert.Equal(batches.Select(batch => encoder.EncodeImages(batch).Values), together);
    }

    [Fact]
    public void One_tower_may_stand_alone()
    {
        Export(OnnxTowers.Text);
        using var clip = OnnxClip.Load(_folder["onnx"]);
        Assert.Equal(1, clip.EncodeTexts(["a"]).Count);
        Assert.Equal(100, clip.Encoder.Logits.Scale, 1e-4);
        var refusal = Assert.Throws<ClipException>(() => clip.Classify(ColourPictures.Png(1), ["red"]));
        Assert.Equal(ClipError.NoInput, refusal.Kind);
        Assert.Contains("no such tower", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Pictures_alone_need_no_tokenizer_and_nothing_in_is_nothing_out()
    {
        Export();
        File.Delete(_folder["onnx/vocab.json"]);
        File.Delete(_folder["onnx/merges.txt"]); // alone it is a vocabulary too
        using var clip = OnnxClip.Load(_folder["onnx"]);
        Assert.Equal(1, clip.EncodeImages([ColourPictures.Png(1)]).Count);
        Assert.Throws<ClipException>(() => clip.EncodeTexts(["a"]));
        Assert.Equal(0, clip.Encoder.EncodeTexts(new TokenBatch([], 16, [])).Count);
        Assert.Equal(0, clip.Encoder.EncodeImages(new PixelBatch([], 16)).Count);
    }

    [Fact]
    public void What_is_no_graph_of_ours_is_refused()
    {
        Export();
        var path = _folder["onnx/vision_model.onnx"];
        AtomicFile.Write(path, stream => stream.Write(File.ReadAllBytes(_folder["onnx/text_model.onnx"])));
        using (var clip = OnnxClip.Load(_folder["onnx"]))
        {
            Assert.Contains("inputs input_ids Int64 [?, ?], outputs text_embeds Float [?, 32], expected pixel_values [B, 3, 16, 16]",
                Assert.Throws<ClipException>(() => clip.Classify(ColourPictures.Png(1), ["red"])).Message,
                StringComparison.Ordinal);
        }

        AtomicFile.WriteText(path, "no protobuf");
        Assert.Contains("Not a sound ONNX file", Assert.Throws<ClipException>(() => OnnxClip.Load(_folder["onnx"])).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_tokenizer_whose_end_is_not_the_largest_id_is_refused()
    {
        var model = TinyModel.Write(_folder["model"]);
        using var weights = model.OpenWeights();
        var vocabulary = File.ReadAllText(_folder["model/vocab.json"]);
        var swapped = vocabulary.Replace("<|startoftext|>", "<|x|>", StringComparison.Ordinal)
            .Replace("<|endoftext|>", "<|startoftext|>", StringComparison.Ordinal)
                .Replace("<|x|>", "<|endoftext|>", StringComparison.Ordinal);
        AtomicFile.WriteText(_folder["model/vocab.json"], swapped);
        var refusal = Assert.Throws<ClipException>(() => OnnxExporter.Write(_folder["onnx"], model.Config, model.Preprocess,
            BpeTokenizer.Load(_folder["model"]), weights.Tensors.Values));
        Assert.Contains("end token 1534 of 1536 ids, expected the end token to be the last id", refusal.Message,
            StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder["onnx"]));
    }

    [Fact]
    public void The_fingerprint_tells_weights_apart()
    {
        Export();
        var first = OnnxFolder.Open(_folder["onnx"]).Fingerprint();
        Assert.Equal(first, OnnxFolder.Open(_folder["onnx"]).Fingerprint());
        Export(name: "other", seed: 1);
        Assert.NotEqual(first, OnnxFolder.Open(_folder["other"]).Fingerprint());
    }

    private void Export(OnnxTowers towers = OnnxTowers.Both, PreprocessConfig? preprocess = null, string name = "onnx",
        long seed = 0, ModelConfig? config = null)
    {
        var model = TinyModel.Write(_folder["model-of-" + name], seed, config);
        using var weights = model.OpenWeights();
        OnnxExporter.Write(_folder[name], model.Config, preprocess ?? model.Preprocess, model.LoadTokenizer(),
            weights.Tensors.Values, towers);
    }
}
