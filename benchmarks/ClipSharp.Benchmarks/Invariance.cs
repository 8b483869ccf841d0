using ClipSharp.Data;
using ClipSharp.Data.Index;
using ClipSharp.Data.Pictures;
using ClipSharp.Data.Sources;
using ClipSharp.Images;
using ClipSharp.Models;
using ClipSharp.Onnx;
using ClipSharp.Testing;
using ClipSharp.Torch;
using ClipSharp.ZeroShot;

namespace ClipSharp.Benchmarks;

/// <summary>How far the vectors of a model depend on the rows beside them, and whether pictures keep their likeliest
/// names.</summary>
internal static class Invariance
{
    /// <summary>The first argument that asks for this.</summary>
    public const string Argument = "invariance";

    /// <summary>Measures both engines and prints a line for each.</summary>
    /// <param name="arguments">MODEL, SHARDS of pictures, NAMES and TEMPLATES, one a line.</param>
    public static void Run(string[] arguments)
    {
        if (arguments is not [var path, var shards, var names, var templates])
        {
            throw new ArgumentException("invariance MODEL SHARDS NAMES TEMPLATES");
        }

        var model = ModelFiles.Open(path);
        var (tokenizer, contextLength) = (model.LoadTokenizer(), model.Config.Text.ContextLength);
        var prompts = ClassPrompts.Fill(ClassNames.ReadFile(names), PromptTemplate.ReadFile(templates));
        var pictures = Pictures(model, shards);
        var texts = prompts.Texts.Select(sentences => tokenizer.Tokenize([sentences[0]], contextLength)).ToArray();
        Console.WriteLine(FormattableString.Invariant($"{pictures.Length} pictures, {texts.Length} names, batches of 1, 7 and 64"));
        foreach (var precision in (string[])["fp32", "bf16"])
        {
            using var encoder = TorchEncoder.Load(model, precision: precision);
            Report(encoder);
        }

        var folder = Directory.CreateTempSubdirectory("clipsharp-invariance");
        using (var weights = model.OpenWeights())
        {
            OnnxExporter.Write(Path.Combine(folder.FullName, "onnx"), model.Config, model.Preprocess, tokenizer,
                weights.Tensors.Values);
        }

        using (var encoder = new OnnxEncoder(OnnxFolder.Open(Path.Combine(folder.FullName, "onnx"))))
        {
            Report(encoder);
        }

        folder.Delete(recursive: true);

        void Report(IClipEncoder encoder)
        {
            var found = BatchInvariance.Of(encoder, pictures, texts, batchSize =>
            {
                var weights = ZeroShotClassifier.Build(encoder, tokenizer, prompts, contextLength, batchSize).Weights;
                return [.. Enumerable.Range(0, weights.Count).Select(row => weights.Row(row).ToArray())];
            });
            Console.WriteLine(FormattableString.Invariant($"{encoder.Engine,-22} largest difference {found.Difference:0.0e+0}, lowest cosine 1 - {1 - found.Cosine:0.0e+0}, same likeliest name {found.SameName:P2}, two likeliest within 1/128 {found.NearTies:P2}, least gap {found.Gap:0.0e+0}"));
        }
    }

    private static PixelBatch[] Pictures(ModelFiles model, string shards)
    {
        var index = SampleIndex.Build(SampleSources.Open(shards, new DataOptions()), SampleNeed.Picture);
        var reader = new EvaluationReader(index, new ImagePreprocessor(model.Preprocess, model.Config.Vision.ImageSize),
            batchSize: 1);
        return [.. reader.Read().Select(batch => batch.Pixels)];
    }
}
