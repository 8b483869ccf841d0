using System.Diagnostics;
using System.Globalization;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using ClipSharp.Models;
using ClipSharp.Onnx;
using ClipSharp.ZeroShot;

namespace ClipSharp.Benchmarks;

/// <summary>ONNX exports of one model with weights of 32, 16 and 8 bits: size, load, speed and memory, each in a process of its
/// own, and what becomes of its vectors and first names.</summary>
internal static class WeightFormats
{
    /// <summary>The first argument that asks for this.</summary>
    public const string Argument = "formats";

    private const string Measure = "measure";
    private const int MostPictures = 200, Batch = 16, Rounds = 3;

    /// <summary>Exports each model into WORK and measures.</summary>
    /// <param name="arguments">WORK PICTURES LABELS MODEL MODEL ...: a folder for the exports, a folder of pictures, a file of
    /// names, folders of models; or what a process is started with.</param>
    public static void Run(string[] arguments)
    {
        if (arguments is [Measure, var export, var pictures, var labels])
        {
            Console.WriteLine(Result.Of(export, pictures, labels).ToText());
            return;
        }

        var work = arguments[0];
        Console.WriteLine($"{Environment.ProcessorCount} cores, batches of {Batch}, milliseconds of the processor (least of 5), the middle of {Rounds} processes");
        Console.WriteLine($"{"model",-24}{"weights",-8}{"MB",8}{"load s",8}{"pictures",10}{"texts",8}{"peak MiB",10}{"cosine, least (mean): pictures, texts",50}{"same first name",17}");
        foreach (var path in arguments[3..])
        {
            var model = ModelFiles.Open(path);
            var name = Path.GetFileName(Path.TrimEndingDirectorySeparator(path));
            var folders = Enum.GetValues<OnnxPrecision>().Select(precision => Export(model, work, name, precision)).ToList();
            var runs = folders.Select(_ => new List<Result>()).ToList();
            for (var round = 0; round < Rounds; round++)
            {
                foreach (var (i, folder) in folders.Index())
                {
                    runs[i].Add(Started(folder, arguments[1], arguments[2]));
                }
            }

            var middle = runs.ConvertAll(list => list.OrderBy(run => run.Pictures).ElementAt(Rounds / 2));
            foreach (var (i, precision) in Enum.GetValues<OnnxPrecision>().Index())
            {
                var megabytes = Directory.GetFiles(folders[i], "*.onnx*").Sum(file => new FileInfo(file).Length) / 1e6;
                Console.WriteLine($"{name,-24}{precision,-8}{megabytes,8:0.0}{middle[i].Row()}{(i == 0 ? "" : middle[i].Against(middle[0]))}");
            }
        }
    }

    private static string Export(ModelFiles model, string work, string name, OnnxPrecision precision)
    {
        var folder = Path.Combine(work, $"{name}-{precision}");
        if (!Directory.Exists(folder))
        {
            using var weights = model.OpenWeights();
            OnnxExporter.Write(folder, model.Config, model.Preprocess, model.LoadTokenizer(), weights.Tensors.Values,
                precision: precision);
        }

        return folder;
    }

    private static Result Started(string export, string pictures, string labels) =>
        Result.Parse(OwnProcess.Run(Argument, Measure, export, pictures, labels));

    private sealed record Result(double LoadSeconds, double Pictures, double Texts, long PeakMebibytes, Embeddings Images,
        Embeddings Names)
    {
        public static Result Of(string export, string pictures, string labels)
        {
            string[] files = [.. Directory.EnumerateFiles(pictures, "*", SearchOption.AllDirectories)
                .Where(file => Path.GetExtension(file) is ".png" or ".jpg" or ".webp").Order(StringComparer.Ordinal)];
            files = [.. files.Where((_, i) => i % ((files.Length / MostPictures) + 1) == 0)];
            var clock = Stopwatch.StartNew();
            using var clip = OnnxClip.Load(export);
            clip.BatchSize = Batch;
            // The first forward counts as loading: it makes the runtime's plans.
            clip.EncodeImages(files[..1]);
            clip.EncodeTexts(["a"]);
            var load = clock.Elapsed.TotalSeconds;
            using var self = Process.GetCurrentProcess();
            var peak = self.PeakWorkingSet64 >> 20;
            var (pixels, tokens) = RandomInputs.Of(clip.Config, Batch);
            using var encoder = new OnnxEncoder(OnnxFolder.Open(export));
            var (seconds, texts) = (Best(() => encoder.EncodeImages(pixels)), Best(() => encoder.EncodeTexts(tokens)));
            return new Result(load, seconds, texts, peak, clip.EncodeImages(files),
                clip.EncodeTexts([.. ClassNames.ReadFile(labels).Select(name => $"a photo of a {name}.")]));
        }

        public static Result Parse(string text)
        {
            var parts = text.Split(' ');
            var numbers = parts[..5].Select(part => double.Parse(part, CultureInfo.InvariantCulture)).ToArray();
            return new Result(numbers[0], numbers[1], numbers[2], (long)numbers[3], Vectors(parts[5]), Vectors(parts[6]));

            Embeddings Vectors(string base64) => new(
                MemoryMarshal.Cast<byte, float>(Convert.FromBase64String(base64)).ToArray(), (int)numbers[4]);
        }

        public string ToText() => string.Create(CultureInfo.InvariantCulture,
            $"{LoadSeconds} {Pictures} {Texts} {PeakMebibytes} {Images.Dimension} ") + $"{Base64(Images)} {Base64(Names)}";

        public string Row() => $"{LoadSeconds,8:0.00}{Pictures,10:0}{Texts,8:0}{PeakMebibytes,10:N0}";

        public string Against(Result whole)
        {
            var (images, names) = (Cosines(whole.Images, Images), Cosines(whole.Names, Names));
            var same = Enumerable.Range(0, Images.Count).Average(row => whole.FirstName(row) == FirstName(row) ? 1.0 : 0);
            return $"{$"{images.Min():0.00000} ({images.Average():0.00000}), {names.Min():0.00000} ({names.Average():0.00000})",50}"
                + $"{$"{same:P1} of {Images.Count}",17}";
        }

        private int FirstName(int picture) => Enumerable.Range(0, Names.Count)
            .MaxBy(name => TensorPrimitives.Dot(Images.Row(picture), Names.Row(name)));

        private static List<float> Cosines(Embeddings one, Embeddings other) => [.. Enumerable.Range(0, one.Count)
            .Select(row => TensorPrimitives.CosineSimilarity(one.Row(row), other.Row(row)))];

        private static string Base64(Embeddings vectors) => Convert.ToBase64String(MemoryMarshal.AsBytes<float>(vectors.Values));

        private static double Best(Action work)
        {
            using var self = Process.GetCurrentProcess();
            return Enumerable.Range(0, 5).Min(_ =>
            {
                self.Refresh();
                var before = self.TotalProcessorTime;
                work();
                self.Refresh();
                return (self.TotalProcessorTime - before).TotalMilliseconds;
            });
        }
    }
}
