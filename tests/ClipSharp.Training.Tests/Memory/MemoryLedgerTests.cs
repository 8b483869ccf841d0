using ClipSharp.Data;
using ClipSharp.Images;
using ClipSharp.Models;
using ClipSharp.Text;
using ClipSharp.Torch;
using ClipSharp.Training.Memory;
using ClipSharp.Training.Optimization;
using TorchSharp;

namespace ClipSharp.Training.Tests.Memory;

public sealed class MemoryLedgerTests
{
    private static readonly Dictionary<string, TrainOptions> Ways = new()
    {
        ["fp32"] = new() { Precision = "fp32" },
        ["bf16"] = new() { Precision = "bf16" },
        ["checkpointing"] = new() { Precision = "fp32", GradCheckpointing = true },
        ["bf16 checkpointing"] = new() { Precision = "bf16", GradCheckpointing = true },
        ["micro-batches"] = new() { Precision = "fp32", MicroBatch = 24 },
        ["checkpointed micro-batches"] = new() { Precision = "bf16", MicroBatch = 64, GradCheckpointing = true },
        ["half Adam"] = new() { Precision = "fp32", OptimizerState = "fp16", MicroBatch = 4 },
        ["the paper's"] = new() { Precision = "bf16", OptimizerState = "fp16", TextWeights = "bf16-sr", GradCheckpointing = true, EmaDecay = 0.9 },
    };

    [Theory]
    [InlineData("vit", "fp32", 48)]
    [InlineData("vit", "bf16", 64)]
    [InlineData("vit", "checkpointing", 96)]
    [InlineData("vit", "bf16 checkpointing", 128)]
    [InlineData("vit", "micro-batches", 96)]
    public void The_predicted_peak_is_within_15_percent_of_the_measured_one(string model, string way, int batchSize)
    {
        var (config, options) = (Model(model), Ways[way] with { BatchSize = batchSize });
        var ledger = MemoryLedger.Of(config, options);
        var batch = Batch(config, batchSize);

        var measured = PeakMemory.Of(() => Train(config, options, batch));

        TestContext.Current.TestOutputHelper?.WriteLine(FormattableString.Invariant(
            $"{model} {way} {batchSize}: predicted {ledger.PeakBytes / 1e6:F1} MB ({ledger.PeakPhase}), measured {measured / 1e6:F1} MB, {(double)ledger.PeakBytes / measured:F3}; {string.Join(", ", ledger.Entries.Select(e => FormattableString.Invariant($"{e.Tower} {e.Kind} {e.Bytes / 1e6:F1}")))}"));
        Assert.InRange((double)ledger.PeakBytes / measured, 0.85, 1.15);
    }

    [Theory]
    [InlineData("vit", "fp32", "fp32", "fp32")]
    [InlineData("vit", "bf16", "fp16", "bf16-sr")]
    [InlineData("vit", "bf16", "fp16-jukebox", "bf16-sr")]
    [InlineData("vit", "pure_bf16", "bf16", "fp32")]
    [InlineData("resnet", "fp32", "fp16", "fp32")]
    [InlineData("resnet", "pure_bf16", "bf16", "fp32")]
    public void Weights_moments_and_averages_are_counted_to_the_byte(string model, string format, string state, string text)
    {
        var config = Model(model);
        var options = new TrainOptions { Precision = format, OptimizerState = state, TextWeights = text, EmaDecay = 0.9 };
        using var clip = ClipModel.Create(config);
        var precision = Precision.Parse(format);
        if (options.HalfWeights(precision) is { } type)
        {
            clip.KeepMatricesAs(type, imageToo: precision.IsPure);
        }

        using var optimizer = new AdamW(clip.NamedParameters(), new AdamWOptions(State: state));
        using var average = new WeightAverage(clip, 0.9);
        var ledger = MemoryLedger.Of(config, options);

        Assert.Equal(clip.NamedWeights().Sum(w => Bytes(w.Value)), Sum(ledger, "weights"));
        Assert.Equal(clip.NamedParameters().Sum(p => Bytes(p.Parameter)), Sum(ledger, "gradients"));
        Assert.Equal(optimizer.State().Where(s => !s.Name.StartsWith("step/", StringComparison.Ordinal)).Sum(s => Bytes(s.Value)), Sum(ledger, "moments"));
        Assert.Equal(average.State().Sum(s => Bytes(s.Value)), Sum(ledger, "average"));
        Assert.Equal(clip.NamedParameters().Sum(p => p.Parameter.numel()), ledger.Parameters);
    }

    private static long Bytes(torch.Tensor tensor) => tensor.numel() * tensor.element_size();

    private static long Sum(MemoryLedger ledger, string kind) => ledger.Entries.Where(entry => entry.Kind == kind).Sum(entry => entry.Bytes);

    private static void Train(ModelConfig config, TrainOptions options, TrainingBatch batch)
    {
        var precision = Precision.Parse(options.Precision);
        using var model = ClipModel.Create(config);
        if (options.HalfWeights(precision) is { } type)
        {
            model.KeepMatricesAs(type, imageToo: precision.IsPure);
        }

        using var optimizer = new AdamW(model.NamedParameters(), new AdamWOptions(State: options.OptimizerState));
        using var average = options.EmaDecay > 0 ? new WeightAverage(model, options.EmaDecay) : null;
        var trainer = new Trainer(model, optimizer, new CosineSchedule(1e-3, 1, 10), precision, options, average);
        trainer.Step(0, batch);
        trainer.Step(1, batch);
    }

    private static TrainingBatch Batch(ModelConfig config, int rows)
    {
        var (size, context) = (config.Vision.ImageSize, config.Text.ContextLength);
        var pixels = new byte[rows * 3 * size * size];
        new Random(1).NextBytes(pixels);
        var ids = new int[rows * context];
        for (var i = 0; i < ids.Length; i++)
        {
            ids[i] = i * 7 % config.Text.VocabSize;
        }

        return new TrainingBatch(0, new PixelBatch(pixels, size), new TokenBatch(ids, context, [.. Enumerable.Repeat(context - 1, rows)]),
            new long[rows], TimeSpan.Zero);
    }

    private static ModelConfig Model(string name) => name switch
    {
        "vit" => new()
        {
            EmbedDim = 128,
            QuickGelu = true,
            Vision = new VisionConfig { Layers = [4], Width = 192, ImageSize = 64, PatchSize = 8, HeadWidth = 32 },
            Text = new TextConfig { ContextLength = 32, VocabSize = 512, Width = 128, Heads = 4, Layers = 3 },
        },
        "gelu" => Model("vit") with { QuickGelu = false },
        "resnet" => new()
        {
            EmbedDim = 64,
            Vision = new VisionConfig { Layers = [1, 2, 1, 1], Width = 16, ImageSize = 64, HeadWidth = 64 },
            Text = new TextConfig { ContextLength = 16, VocabSize = 512, Width = 64, Heads = 2, Layers = 1 },
        },
        _ => new()
        {
            EmbedDim = 64,
            Vision = new VisionConfig { Layers = [2], Width = 256, ImageSize = 32, PatchSize = 8, HeadWidth = 64 },
            Text = new TextConfig { ContextLength = 16, VocabSize = 20_000, Width = 256, Heads = 4, Layers = 3 },
        },
    };
}
