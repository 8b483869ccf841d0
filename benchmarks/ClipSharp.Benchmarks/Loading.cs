using System.Diagnostics;
using System.Globalization;
using ClipSharp.Images;
using ClipSharp.Models;
using ClipSharp.Torch;
using ClipSharp.Torch.Loading;
using ClipSharp.Weights;

namespace ClipSharp.Benchmarks;

/// <summary>What loading costs: <c>loading make NAME FOLDER</c> writes a preset with random weights in every layout,
/// <c>loading measure PATH</c> loads one of them in a process of its own and prints time and peak memory; with a precision
/// behind it as an encoder, whose weights are packed.</summary>
internal static class Loading
{
    public const string Argument = "loading";

    public static void Run(string[] arguments)
    {
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        switch (arguments)
        {
            case ["make", var name, var folder]:
                Make(name, folder);
                break;
            case ["measure", var path]:
                Measure(path, () => ClipModel.Load(ModelFiles.Open(path)));
                break;
            case ["measure", var path, var precision]:
                Measure(path, () => TorchEncoder.Load(ModelFiles.Open(path), precision: precision));
                break;
            default:
                throw new ArgumentException("loading make NAME FOLDER, or loading measure PATH [fp32 | bf16]");
        }
    }

    private static void Make(string name, string folder)
    {
        var first = Path.Combine(folder, "open_clip");
        using (var model = ClipModel.Create(ModelPresets.Find(name + "-quickgelu")))
        {
            ModelFiles.Write(first, model.Config, new PreprocessConfig(), tokenizer: null, model.Weights());
        }

        var files = ModelFiles.Open(first);
        ModelConversion.Write(files, Path.Combine(folder, "huggingface"), "huggingface");
        ModelConversion.Write(files, Path.Combine(folder, "openai.pt"), "openai");
        ModelConversion.Write(files, Path.Combine(folder, "huggingface-fp16"), "huggingface", TensorType.F16);
    }

    private static void Measure(string path, Func<IDisposable> load)
    {
        LibTorch.EnsureLoaded();
        using (TorchSharp.torch.zeros(1))
        {
        }

        var before = PeakBytes();
        var processor = Environment.CpuUsage.TotalTime;
        var clock = Stopwatch.StartNew();
        using var loaded = load();
        var seconds = clock.Elapsed.TotalSeconds;
        processor = Environment.CpuUsage.TotalTime - processor;
        var cost = ModelCost.Of(ModelFiles.Open(path).Config);
        var weights = sizeof(float) * (cost.ImageParameters + cost.TextParameters);
        Console.WriteLine($"{path}: {seconds:0.00} s, {processor.TotalSeconds:0.00} s of processors, weights {weights / 1e6:0} MB, peak {PeakBytes() / 1e6:0} MB ({(double)PeakBytes() / weights:0.00} times the weights), {before / 1e6:0} MB of it before loading");
    }

    // Of this process, the mapped pages of its files included.
    private static long PeakBytes() => long.Parse(
        File.ReadLines("/proc/self/status").First(line => line.StartsWith("VmHWM:", StringComparison.Ordinal)).Split(':')[1]
        .Replace("kB", "", StringComparison.Ordinal),
        NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture) * 1024;
}
