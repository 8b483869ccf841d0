using ClipSharp.Images;
using ClipSharp.Models;
using ClipSharp.Onnx;
using ClipSharp.Text;
using ClipSharp.Torch;
using ClipSharp.Torch.Kernels;
using ClipSharp.Torch.Loading;
using static TorchSharp.torch;

namespace ClipSharp.Benchmarks;

/// <summary>Pictures and texts through every engine and format, in turn in one process, beside ONNX Runtime and the product
/// rate.</summary>
internal static class InferenceSpeed
{
    /// <summary>The first argument that asks for this.</summary>
    public const string Argument = "inference";

    private const int Rounds = 9;
    private const string OnnxRuntime = "onnx fp32";

    private static readonly int[] Batches = [1, 8, 32];

    /// <summary>Measures models with random weights.</summary>
    /// <param name="arguments">VOCABULARY PRESET PRESET ...: a file of CLIP's vocabulary, names of models.</param>
    public static void Run(string[] arguments)
    {
        LibTorch.EnsureLoaded();
        var hasBfloat16 = Precision.Parse("auto").Name == "bf16"; // else its products run at a hundredth of the rate
        Console.WriteLine($"{Environment.ProcessorCount} cores, {get_num_threads()} threads, {System.Runtime.InteropServices.RuntimeInformation.FrameworkDescription}; medians of {Rounds} rounds in turn");
        string[] formats = hasBfloat16 ? ["fp32", "bf16"] : ["fp32"];
        var rates = formats.ToDictionary(format => format, ProductRate);
        foreach (var (format, rate) in rates)
        {
            Console.WriteLine($"product of packed weights, 1024, {format}: {rate:0} GFLOP/s");
        }

        Console.WriteLine();
        Console.WriteLine($"{"model",-12}{"work",-10}{"batch",6}  {"engine",-18}{"ms",9}{"ONNX Runtime's time to its",28}{"of product rate",17}");
        foreach (var preset in arguments[1..])
        {
            Measure(preset, BpeTokenizer.Load(arguments[0]), formats, rates);
        }
    }

    private static void Measure(string preset, BpeTokenizer tokenizer, string[] formats, Dictionary<string, double> rates)
    {
        var config = ModelPresets.Find(preset);
        var folder = Directory.CreateTempSubdirectory("clipsharp-benchmark-");
        try
        {
            using var source = ClipModel.Create(config);
            var export = Path.Combine(folder.FullName, "onnx");
            OnnxExporter.Write(export, config, new PreprocessConfig(), tokenizer, source.Weights());
            var encoders = new List<(string Name, string Format, IClipEncoder Encoder)>
            {
                (OnnxRuntime, "fp32", new OnnxEncoder(OnnxFolder.Open(export))),
            };
            foreach (var format in formats)
            {
                var precision = Precision.Parse(format);
                encoders.Add(($"torch {format}", format, new TorchEncoder(ClipModel.Create(config), precision, ownsModel: true)));
                encoders.Add(($"as trained {format}", format, new TorchEncoder(source, precision)));
            }

            var cost = ModelCost.Of(config);
            foreach (var batch in Batches)
            {
                var pixels = RandomInputs.Of(config, batch).Pixels;
                Compare($"{preset,-12}{"pictures",-10}{batch,6}", 2.0 * cost.ImageMultiplyAdds * batch, rates,
                    [.. encoders.Select(e => (e.Name, e.Format, (Action)(() => e.Encoder.EncodeImages(pixels))))]);
            }

            var tokens = RandomInputs.Of(config, 32).Tokens;
            Compare($"{preset,-12}{"texts",-10}{32,6}", 2.0 * cost.TextMultiplyAdds * 32, rates,
                [.. encoders.Select(e => (e.Name, e.Format, (Action)(() => e.Encoder.EncodeTexts(tokens))))]);
            foreach (var (_, _, encoder) in encoders)
            {
                encoder.Dispose();
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static void Compare(string row, double operations, Dictionary<string, double> rates,
        IReadOnlyList<(string Name, string Format, Action Work)> sides)
    {
        var seconds = sides.Select(_ => new List<double>()).ToList();
        for (var round = 0; round <= Rounds; round++)
        {
            foreach (var (i, side) in sides.Index())
            {
                var time = Spread.Seconds(side.Work);
                if (round > 0) // the first is a warm-up
                {
                    seconds[i].Add(time);
                }
            }
        }

        foreach (var (i, side) in sides.Index())
        {
            var middle = Spread.Of(seconds[i]).Median;
            var ratio = Spread.Of(seconds[i].Zip(seconds[0], (own, onnx) => onnx / own));
            var share = operations / middle / 1e9 / rates[side.Format];
            Console.WriteLine($"{row}  {side.Name,-18}{middle * 1e3,9:0.0}{$"{ratio.Median:0.00} ({ratio.Least:0.00} to {ratio.Most:0.00})",28}{share,17:P0}");
        }
    }

    private static double ProductRate(string format)
    {
        using var scope = NewDisposeScope();
        var type = format == "fp32" ? ScalarType.Float32 : ScalarType.BFloat16;
        using var product = new PackedLinear(randn(1024, 1024), null, type);
        var rows = randn(1024, 1024).to(type);
        var seconds = Spread.OfSeconds(15, () => product.Apply(rows).Dispose());
        return 2 * Math.Pow(1024, 3) / seconds.Least / 1e9;
    }
}
