using System.Diagnostics;
using System.Globalization;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using ClipSharp.Models;
using ClipSharp.Onnx;
using ClipSharp.Torch;

namespace ClipSharp.Benchmarks;

/// <summary>Both engines on models with random weights, in turn, each time in a process of its own, so that its peak memory is
/// known. Processor time is given too, since a shared machine stretches the clock but not that.</summary>
internal static class Engines
{
    /// <summary>The first argument that asks for this.</summary>
    public const string Argument = "engines";

    private const string Measure = "measure";
    private const int Rounds = 3;

    /// <summary>Writes what is missing of FOLDER/PRESET and of FOLDER/PRESET/onnx, then measures.</summary>
    /// <param name="arguments">FOLDER VOCABULARY BATCH PRESET PRESET ..., or what a process is started with.</param>
    public static void Run(string[] arguments)
    {
        if (arguments is [Measure, var engine, var path, var size])
        {
            Console.WriteLine(Result.Of(engine, path, int.Parse(size, CultureInfo.InvariantCulture)).ToText());
            return;
        }

        var (folder, vocabulary, batch) = (arguments[0], arguments[1], arguments[2]);
        Console.WriteLine($"{Environment.ProcessorCount} cores, batch {batch}, fp32; milliseconds of the clock (of the processor), the middle of {Rounds} processes");
        Console.WriteLine($"{"model",-16}{"engine",-7}{"load s",7}{"pictures",18}{"texts",18}{"peak MiB",10}{"difference",12}{"pictures a second, onnx to torch",36}");
        foreach (var preset in arguments[3..])
        {
            var model = Path.Combine(folder, preset);
            RandomModel.Write(preset, model, vocabulary);
            WriteOnnx(model);
            // Processes of their own, in turn: nothing of one is left when the other starts.
            var runs = Enumerable.Range(0, Rounds)
                .Select(_ => (Onnx: Started("onnx", model, batch), Torch: Started("torch", model, batch))).ToList();
            var (onnx, torch) = (Result.Middle(runs.ConvertAll(run => run.Onnx)), Result.Middle(runs.ConvertAll(run => run.Torch)));
            var ratio = Spread.Of(runs.Select(run => run.Torch.Pictures.Processor / run.Onnx.Pictures.Processor));
            Console.WriteLine($"{preset,-16}{"torch",-7}{torch.Row()}");
            Console.WriteLine($"{preset,-16}{"onnx",-7}{onnx.Row()}{torch.LargestDifference(onnx),12:0.0e+0}{$"{ratio.Median:0.00} ({ratio.Least:0.00} to {ratio.Most:0.00})",36}");
        }
    }

    private static void WriteOnnx(string path)
    {
        if (OnnxFolder.Find(path) is null)
        {
            var model = ModelFiles.Open(path);
            using var weights = model.OpenWeights();
            OnnxExporter.Write(Path.Combine(path, "onnx"), model.Config, model.Preprocess, model.LoadTokenizer(),
                weights.Tensors.Values);
        }
    }

    private static Result Started(string engine, string model, string batch) =>
        Result.Parse(OwnProcess.Run(Argument, Measure, engine, model, batch));

    /// <summary>A time by the clock and of the processor, in milliseconds.</summary>
    private readonly record struct Cost(double Clock, double Processor);

    private sealed record Result(double LoadSeconds, Cost Pictures, Cost Texts, long PeakMebibytes, float[] Features)
    {
        public static Result Of(string engine, string path, int batch)
        {
            var clock = Stopwatch.StartNew();
            using IClipEncoder encoder = engine == "onnx"
                ? new OnnxEncoder(OnnxFolder.Open(OnnxFolder.Find(path)!))
                : TorchEncoder.Load(ModelFiles.Open(path), precision: "fp32");
            var (pixels, tokens) = RandomInputs.Of(ModelPresets.Find(Path.GetFileName(path)), batch);
            // The first forward counts as loading: memory is mapped and laid out anew by it.
            float[] features = [.. encoder.EncodeImages(pixels).Values, .. encoder.EncodeTexts(tokens).Values];
            var load = clock.Elapsed.TotalSeconds;
            var (pictures, texts) = (Best(() => encoder.EncodeImages(pixels)), Best(() => encoder.EncodeTexts(tokens)));
            using var self = Process.GetCurrentProcess();
            return new Result(load, pictures, texts, self.PeakWorkingSet64 >> 20, features);
        }

        /// <summary>The run in the middle by its time for pictures.</summary>
        public static Result Middle(IReadOnlyList<Result> runs) =>
            runs.OrderBy(run => run.Pictures.Processor).ElementAt(runs.Count / 2);

        public static Result Parse(string text)
        {
            var parts = text.Split(' ');
            var numbers = parts[..6].Select(part => double.Parse(part, CultureInfo.InvariantCulture)).ToArray();
            return new Result(numbers[0], new Cost(numbers[1], numbers[2]), new Cost(numbers[3], numbers[4]), (long)numbers[5],
                MemoryMarshal.Cast<byte, float>(Convert.FromBase64String(parts[6])).ToArray());
        }

        public string ToText() => string.Create(CultureInfo.InvariantCulture,
            $"{LoadSeconds} {Pictures.Clock} {Pictures.Processor} {Texts.Clock} {Texts.Processor} {PeakMebibytes} ")
            + Convert.ToBase64String(MemoryMarshal.AsBytes<float>(Features));

        public string Row() =>
            $"{LoadSeconds,7:0.0}{$"{Pictures.Clock:0} ({Pictures.Processor:0})",18}{$"{Texts.Clock:0} ({Texts.Processor:0})",18}{PeakMebibytes,10:N0}";

        public float LargestDifference(Result other)
        {
            var differences = new float[Features.Length];
            TensorPrimitives.Subtract(Features, other.Features, differences);
            return Math.Abs(TensorPrimitives.MaxMagnitude(differences));
        }

        private static Cost Best(Action work)
        {
            using var self = Process.GetCurrentProcess();
            var costs = new List<Cost>();
            for (var i = 0; i < 5; i++)
            {
                self.Refresh();
                var (clock, processor) = (Stopwatch.StartNew(), self.TotalProcessorTime);
                work();
                self.Refresh();
                costs.Add(new Cost(clock.Elapsed.TotalMilliseconds, (self.TotalProcessorTime - processor).TotalMilliseconds));
            }

            return new Cost(costs.Min(cost => cost.Clock), costs.Min(cost => cost.Processor));
        }
    }
}
