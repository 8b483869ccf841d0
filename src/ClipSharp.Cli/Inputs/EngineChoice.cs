using System.Diagnostics;
using System.Globalization;
using ClipSharp.Cli.Rendering;
using ClipSharp.Models.Layouts;
using ClipSharp.Onnx;

namespace ClipSharp.Cli.Inputs;

/// <summary>Loads a model on the engine asked for.</summary>
/// <param name="loadTorch">From model folder, device and precision to a model on libtorch.</param>
/// <param name="graphs">Which graphs ONNX Runtime takes, and what is said of them beside their files.</param>
/// <param name="output">Told what was chosen and why.</param>
internal sealed class EngineChoice(Func<string, string, string, Clip> loadTorch, OnnxChoice graphs, Output output)
{
    private const int Pairs = 2;
    private const int Runs = 3;

    /// <param name="engine">"torch", "onnx", "auto", or null for what the folder holds.</param>
    /// <param name="path">The model.</param>
    /// <param name="device">"cpu" or "cuda:0".</param>
    /// <param name="precision">"auto", "fp32" or "bf16".</param>
    public Clip Load(string? engine, string path, string device, string precision) =>
        (engine ?? EngineOf(path, graphs.File)) switch
        {
            "onnx" => LoadOnnx(path, device, precision),
            "auto" => LoadFaster(path, device, precision),
            _ => loadTorch(path, device, precision),
        };

    /// <summary>The engine of what a path holds: ONNX's where one of its graphs is named, or there are some and no weights in
    /// another form.</summary>
    public static string EngineOf(string path, string? graph) =>
        graph is not null || (OnnxFolder.Find(path) is not null && !ModelLayout.HasWeights(path)) ? "onnx" : "torch";

    private Clip LoadOnnx(string path, string device, string precision)
    {
        Require("--device", device, device == "cpu", "cpu");
        Require("--precision", precision, precision is "auto" or "fp32", "auto or fp32");
        var folder = OnnxFolder.Open(path, graphs);
        foreach (var note in folder.Notes)
        {
            output.Note(note);
        }

        return OnnxClip.Load(folder);

        static void Require(string option, string found, bool holds, string expected)
        {
            if (!holds)
            {
                throw new ClipException(ClipError.Usage, "The ONNX engine cannot do this", option, found, expected,
                    "Leave it out, or use --engine torch.");
            }
        }
    }

    private Clip LoadFaster(string path, string device, string precision)
    {
        if (EngineOf(path, graphs.File) == "onnx")
        {
            output.Note("engine onnx: the folder holds nothing else");
            return LoadOnnx(path, device, precision);
        }

        if (OnnxFolder.Find(path) is null || device != "cpu" || precision is not ("auto" or "fp32"))
        {
            output.Note($"engine torch: " + (OnnxFolder.Find(path) is null
                ? $"there are no ONNX graphs; clipsharp export onnx --model {path} -o {Path.Combine(path, "onnx")} writes them"
                : $"ONNX Runtime has no {device} with {precision} here"));
            return loadTorch(path, device, precision);
        }

        var onnx = LoadOnnx(path, device, precision);
        try
        {
            var torch = loadTorch(path, device, precision);
            var (onnxSpeed, torchSpeed) = (PairsPerSecond(onnx), PairsPerSecond(torch));
            var (faster, slower) = onnxSpeed > torchSpeed ? (onnx, torch) : (torch, onnx);
            output.Note(string.Create(CultureInfo.InvariantCulture,
                $"engine {faster.Encoder.Engine}: {Math.Max(onnxSpeed, torchSpeed):0.0} ")
                + string.Create(CultureInfo.InvariantCulture,
                    $"pictures with texts a second, {slower.Encoder.Engine} {Math.Min(onnxSpeed, torchSpeed):0.0}"));
            slower.Dispose();
            return faster;
        }
        catch (ClipException e) when (e.Kind == ClipError.Unavailable)
        {
            output.Note($"engine onnx: {e.Message}");
            return onnx;
        }
        catch
        {
            onnx.Dispose();
            throw;
        }
    }

    private static double PairsPerSecond(Clip clip)
    {
        var inputs = FixedInputs.Of(clip.Config, Pairs);
        var best = double.PositiveInfinity;
        for (var run = 0; run <= Runs; run++) // the first is slower: memory and plans are made
        {
            var clock = Stopwatch.StartNew();
            clip.Encoder.EncodeImages(inputs.Pictures);
            clip.Encoder.EncodeTexts(inputs.Texts);
            best = Math.Min(best, clock.Elapsed.TotalSeconds);
        }

        return Pairs / best;
    }
}
