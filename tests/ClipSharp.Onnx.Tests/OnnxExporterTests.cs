using System.Runtime.InteropServices;
using ClipSharp.Images;
using ClipSharp.Models;
using ClipSharp.Onnx.Folders;
using ClipSharp.Onnx.Graphs;
using ClipSharp.Onnx.Sessions;
using ClipSharp.Text;
using ClipSharp.Weights;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace ClipSharp.Onnx.Tests;

/// <summary>What exporting does to a model beside writing it down: normalisation in the weights, fewer bits.</summary>
public sealed class OnnxExporterTests : IDisposable
{
    private static readonly PreprocessConfig Odd = new() { Mean = [0.1, 0.5, 0.9], Std = [1, 0.5, 0.25] };

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("vit-tiny/open_clip")]
    [InlineData("rn-tiny/open_clip")] // a border of zeros, which is the mean colour
    public void Bytes_give_what_normalised_pixels_gave_in_folders_of_before(string place)
    {
        var model = ReferenceModels.Open(place);
        Export(model, "new", Odd);
        Export(model, "old", Odd);
        WritePlain(model, _folder["old/vision_model.onnx"]);
        using var bytes = new OnnxEncoder(OnnxFolder.Open(_folder["new"]));
        using var normalised = new OnnxEncoder(OnnxFolder.Open(_folder["old"]));
        var pixels = Noise(model.Config.Vision.ImageSize.Height, 3);

        Near.Assert(place, normalised.EncodeImages(pixels).Values, bytes.EncodeImages(pixels).Values, 1e-5);
        Assert.Equal(TensorElementType.UInt8, InputOf("new"));
        Assert.Equal(TensorElementType.Float, InputOf("old"));

        TensorElementType InputOf(string name)
        {
            using var options = OnnxSession.Options();
            using var graph = OnnxGraph.Open(_folder[name + "/vision_model.onnx"], options);
            return new OnnxTower(graph, model.Config, isImage: true).Input.Type;
        }
    }

    [Fact]
    public void Normalised_pixels_are_as_the_preprocessing_says()
    {
        var rows = InputRows.OfPixels("in", TensorElementType.Float, new PixelBatch([255, 51, 0], 1), Odd);
        using var value = rows.Rows(0, 1);
        Assert.Equal([0.9f, -0.6f, -3.6f], value.GetTensorDataAsSpan<float>().ToArray(), Nearly);
        static bool Nearly(float want, float got) => Math.Abs(want - got) < 1e-6;
    }

    [Theory]
    [InlineData(null, OnnxPrecision.Fp16, 0.7, 0.9999)] // weights of the reference's are exact in half precision
    [InlineData("vit-tiny/open_clip", OnnxPrecision.Int8, 0.4, 0.999)]
    [InlineData("rn-tiny/open_clip", OnnxPrecision.Int8, 0.4, 0.999)]
    public void Fewer_bits_make_smaller_files_and_nearly_the_same_vectors(string? place, OnnxPrecision precision, double size,
        double cosine)
    {
        var model = place is null ? TinyModel.Write(_folder["drawn"]) : ReferenceModels.Open(place);
        Export(model, "whole", model.Preprocess);
        Export(model, "few", model.Preprocess, precision);
        Assert.InRange(SizeOf("few") / SizeOf("whole"), 0.1, size);

        using var whole = new OnnxEncoder(OnnxFolder.Open(_folder["whole"]));
        using var few = new OnnxEncoder(OnnxFolder.Open(_folder["few"]));
        var pixels = Noise(model.Config.Vision.ImageSize.Height, 8);
        var texts = Texts(model.Config.Text, 8);
        AssertClose(whole.EncodeImages(pixels), few.EncodeImages(pixels));
        AssertClose(whole.EncodeTexts(texts), few.EncodeTexts(texts));

        void AssertClose(Embeddings want, Embeddings got)
        {
            var cosines = Enumerable.Range(0, want.Count).Select(row =>
                System.Numerics.Tensors.TensorPrimitives.CosineSimilarity(want.Row(row), got.Row(row))).ToList();
            Assert.True(cosines.Min() >= cosine, $"{place} {precision}: cosine {cosines.Min()}");
            Assert.NotEqual(want.Values, got.Values);
        }

        double SizeOf(string name) => Directory.GetFiles(_folder[name], "*.onnx").Sum(file => (double)new FileInfo(file).Length);
    }

    // Each row of the first axis is a channel, or each column.
    [Theory]
    [InlineData(0, new[] { 0.02f, 0 }, new sbyte[] { 50, -127, 0, 0 })]
    [InlineData(1, new[] { 1 / 127f, 0.02f }, new sbyte[] { 127, -127, 0, 0 })]
    public void A_channels_largest_number_is_127_times_its_factor(int axis, float[] factors, sbyte[] integers)
    {
        float[] values = [1, -2.54f, 0, 0];
        var (got, scales) = Quantization.Int8(
            new NamedTensor("w", TensorType.F32, [2, 2], MemoryMarshal.AsBytes<float>(values).ToArray()), axis);
        Assert.Equal(integers, MemoryMarshal.Cast<byte, sbyte>(got.Bytes().Span).ToArray());
        Assert.Equal(factors, MemoryMarshal.Cast<byte, float>(scales.Bytes().Span).ToArray(), (a, b) => Math.Abs(a - b) < 1e-8);
    }

    private void Export(ModelFiles model, string name, PreprocessConfig preprocess, OnnxPrecision precision = OnnxPrecision.Fp32)
    {
        using var weights = model.OpenWeights();
        // The ids are the model's, the words nobody's.
        var tokenizer = BpeTokenizer.Load(SharedFiles.Fixture("tokenizer-small"));
        OnnxExporter.Write(_folder[name], model.Config, preprocess, tokenizer, weights.Tensors.Values, precision: precision);
    }

    private static void WritePlain(ModelFiles model, string path)
    {
        var (graph, size) = (new Graph(), model.Config.Vision.ImageSize.Height);
        using var weights = model.OpenWeights();
        var pixels = graph.Input(PortNames.Pixels, TensorType.F32, "batch", 3, size, size);
        graph.Output(PortNames.ImageVectors,
            OnnxExporter.ImageTower(graph, new TowerWeights(weights.Tensors.Values), model.Config).Encode(pixels), "batch",
            model.Config.EmbedDim);
        OnnxFile.Write(path, graph, new Dictionary<string, string> { ["logit_scale"] = "100" });
    }

    private static PixelBatch Noise(int size, int count)
    {
        var pixels = new PixelBatch(count, size);
        for (var i = 0; i < count; i++)
        {
            var random = new RandomStream(i, RandomPurpose.Synthesis);
            foreach (ref var value in pixels.Picture(i))
            {
                value = (byte)random.NextInt32(256);
            }
        }

        return pixels;
    }

    private static TokenBatch Texts(TextConfig config, int count)
    {
        var random = new RandomStream(0, RandomPurpose.Synthesis);
        var ids = new int[count * config.ContextLength];
        for (var i = 0; i < ids.Length; i++)
        {
            ids[i] = i % config.ContextLength == config.ContextLength - 1
                ? config.VocabSize - 1
                : random.NextInt32(config.VocabSize - 1);
        }

        return new TokenBatch(ids, config.ContextLength, [.. Enumerable.Repeat(config.ContextLength - 1, count)]);
    }
}
