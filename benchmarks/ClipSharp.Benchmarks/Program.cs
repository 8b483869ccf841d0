using System.Globalization;
using ClipSharp.Benchmarks;
using ClipSharp.Data.Batches;
using ClipSharp.Host;
using ClipSharp.Images;
using ClipSharp.Models;
using ClipSharp.Text;
using ClipSharp.Torch;
using ClipSharp.Torch.Loading;
using ClipSharp.Training;
using ClipSharp.Training.Optimization;
using TorchSharp;
using static TorchSharp.torch;
using AdamW = ClipSharp.Training.Optimization.AdamW;

ProcessTuning.Apply();
if (args is [Engines.Argument, .. var engineArguments])
{
    Engines.Run(engineArguments);
    return;
}

if (args is [InferenceSpeed.Argument, .. var inferenceArguments])
{
    InferenceSpeed.Run(inferenceArguments);
    return;
}

if (args is [WeightFormats.Argument, .. var formatArguments])
{
    WeightFormats.Run(formatArguments);
    return;
}

if (args is [Loading.Argument, .. var loadingArguments])
{
    Loading.Run(loadingArguments);
    return;
}

if (args is [DataScale.Argument, .. var dataArguments])
{
    DataScale.Run(dataArguments);
    return;
}

if (args is [Invariance.Argument, .. var invarianceArguments])
{
    Invariance.Run(invarianceArguments);
    return;
}

if (args is [SearchSpeed.Argument, .. var searchArguments])
{
    SearchSpeed.Run(searchArguments);
    return;
}

if (args is [RetrievalSpeed.Argument, .. var retrievalArguments])
{
    RetrievalSpeed.Run(retrievalArguments);
    return;
}

if (args is [ProbeSpeed.Argument, .. var probeArguments])
{
    ProbeSpeed.Run(probeArguments);
    return;
}

if (args is [OverlapCopies.Argument, .. var overlapArguments])
{
    OverlapCopies.Run(overlapArguments);
    return;
}

if (args is [ServerLoad.Argument, .. var loadArguments])
{
    await ServerLoad.RunAsync(loadArguments);
    return;
}

if (args is [PostgresRecall.Argument, .. var postgresArguments])
{
    await PostgresRecall.RunAsync(postgresArguments);
    return;
}

if (args is [StepMemory.Argument, .. var memoryArguments])
{
    StepMemory.Run(memoryArguments);
    return;
}

if (args is [RankSteps.Argument, .. var rankArguments])
{
    RankSteps.Run(rankArguments);
    return;
}

// One run, so that the ratios hold whatever else the machine does: the matrix-product rate, then each model as ClipSharp and as
// plain TorchSharp compute it, in turn. Medians; of the ratio its least and most, too.
const int rounds = 5;
LibTorch.EnsureLoaded();
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
var names = args.Length > 0 ? args : ["ViT-Tiny-64", "RN-Tiny-64", "ViT-B-32"];
Console.WriteLine($"{Environment.ProcessorCount} cores, {get_num_threads()} threads, {System.Runtime.InteropServices.RuntimeInformation.FrameworkDescription}");
// Without instructions for it a product in bf16 runs at a hundredth of the rate, and none of its rows would end.
var hasBfloat16 = Precision.Parse("auto").Name == "bf16";
string[] formats = hasBfloat16 ? ["fp32", "bf16"] : ["fp32"];
if (!hasBfloat16)
{
    Console.WriteLine("This processor has no bf16: its rows are left out.");
}

var rates = new Dictionary<string, double>();
foreach (var format in formats)
{
    var type = format == "fp32" ? ScalarType.Float32 : ScalarType.BFloat16;
    using var scope = NewDisposeScope();
    var (a, b) = (randn(1024, 1024).to(type), randn(1024, 1024).to(type));
    var seconds = Spread.OfSeconds(9, () => a.mm(b).Dispose()).Median;
    rates[format] = 2 * Math.Pow(1024, 3) / seconds / 1e9;
    Console.WriteLine($"matrix product 1024 {format}: {rates[format]:0} GFLOP/s");
}

Console.WriteLine();
Console.WriteLine($"{"model",-14} {"work",-10} {"format",-6} {"ClipSharp",12} {"plain",12} {"ratio",7} {"least to most",13} {"of product rate",16}");
foreach (var name in names)
{
    var config = ModelPresets.Find(name);
    var batch = name.StartsWith("ViT-B", StringComparison.Ordinal) ? 32 : 128;
    var (pixels, tokens) = RandomInputs.Of(config, batch);
    foreach (var format in formats)
    {
        Compare(name, config, format, "training", batch, 3, Training(config, format, pixels, tokens),
            PlainTraining(config, format, pixels, tokens));
        Compare(name, config, format, "inference", batch, 1, Inference(config, format, pixels),
            PlainInference(config, format, pixels));
    }
}

void Compare(string name, ModelConfig config, string format, string work, int batch, int passes, Action ours, Action plain)
{
    ours();
    plain(); // both are warm
    var seconds = InTurn<double>.Of(rounds, () => Spread.Seconds(ours), () => Spread.Seconds(plain));
    var (own, rival) = (batch / Spread.Of(seconds.First).Median, batch / Spread.Of(seconds.Second).Median);
    var ratio = seconds.Ratio(side => side);
    var cost = ModelCost.Of(config);
    var multiplyAdds = work == "training" ? cost.PairMultiplyAdds : cost.ImageMultiplyAdds;
    var share = own * 2 * multiplyAdds * passes / 1e9 / rates[format];
    Console.WriteLine($"{name,-14} {work,-10} {format,-6} {own,8:0.0} /s {rival,9:0.0} /s {ratio.Median,7:0.00} {ratio.Least,5:0.00} to {ratio.Most,4:0.00} {share,15:P0}");
}

static Action Training(ModelConfig config, string format, PixelBatch pixels, TokenBatch tokens)
{
    var model = ClipModel.Create(config);
    var optimizer = new AdamW(model.NamedParameters(), new AdamWOptions());
    var trainer = new Trainer(model, optimizer, new CosineSchedule(1e-4, 0, 1000), Precision.Parse(format), new TrainOptions());
    var batch = new TrainingBatch(0, pixels, tokens, new long[pixels.Count], TimeSpan.Zero);
    var step = 0;
    return () => trainer.Step(step++, batch);
}

static Action Inference(ModelConfig config, string format, PixelBatch pixels)
{
    var encoder = new TorchEncoder(ClipModel.Create(config), Precision.Parse(format), ownsModel: true);
    return () => encoder.EncodeImages(pixels);
}

static Action PlainTraining(ModelConfig config, string format, PixelBatch pixels, TokenBatch tokens)
{
    var type = format == "fp32" ? ScalarType.Float32 : ScalarType.BFloat16;
    var model = new PlainClip(config).to(type);
    var optimizer = optim.AdamW(model.parameters(), 1e-4, 0.9, 0.98, 1e-6, 0.2);
    return () =>
    {
        using var scope = NewDisposeScope();
        var images = Normalised(pixels, type);
        var ids = tensor(tokens.Ids, [tokens.Count, tokens.ContextLength], ScalarType.Int64)
            .narrow(1, 0, tokens.EndPositions.Max() + 1).contiguous();
        optimizer.zero_grad();
        var loss = model.forward(images, ids);
        loss.backward();
        optimizer.step();
        loss.ToDouble();
    };
}

static Action PlainInference(ModelConfig config, string format, PixelBatch pixels)
{
    var type = format == "fp32" ? ScalarType.Float32 : ScalarType.BFloat16;
    var model = new PlainClip(config).to(type);
    model.eval();
    return () =>
    {
        using var scope = NewDisposeScope();
        using var none = no_grad();
        model.EncodeImages(Normalised(pixels, type));
    };
}

static Tensor Normalised(PixelBatch pixels, ScalarType type)
{
    var mean = tensor(new[] { 0.48f, 0.46f, 0.41f }).view(1, 3, 1, 1);
    var deviation = tensor(new[] { 0.27f, 0.26f, 0.28f }).view(1, 3, 1, 1);
    return ((ClipModel.ToTensor(pixels).to(ScalarType.Float32) / 255 - mean) / deviation).to(type);
}
