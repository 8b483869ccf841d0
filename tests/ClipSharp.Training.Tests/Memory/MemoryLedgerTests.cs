using System.Globalization;
using ClipSharp.Data.Batches;
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
    /// <summary>A few of each kind; the others are below.</summary>
    [Theory]
    [InlineData("vit", "bf16", 144)]
    [InlineData("vit", "micro 96, fp16 Adam", 192)]
    [InlineData("vit", "paper", 192)]
    [InlineData("vit", "locked image", 384)]
    [InlineData("vit", "low rank", 192)]
    [InlineData("resnet", "checkpointing", 192)]
    [InlineData("resnet", "micro 96", 192)]
    [InlineData("class token", "fp32", 96)]
    public void The_predicted_peak_is_within_15_percent_of_the_measured_one(string model, string ways, int batchSize)
    {
        var options = ways.Split(", ").Aggregate(new TrainOptions { Precision = NumberFormat.Fp32, BatchSize = batchSize }, Way);
        var config = Model(model) with { InitLogitBias = options.Siglip ? -10 : null };
        var ledger = MemoryLedger.Of(config, options);
        var batch = Batch(config, batchSize);

        var measured = PeakMemory.Of(() => Train(config, options, batch, steps: 2),
            () => Train(config, options, batch, steps: 1));

        TestContext.Current.TestOutputHelper?.WriteLine(FormattableString.Invariant(
            $"{model}, {ways}, {batchSize} pairs: predicted {ledger.PeakBytes / 1e6:F1} MB ({ledger.PeakPhase}), measured {measured / 1e6:F1} MB, ratio {(double)ledger.PeakBytes / measured:F3}"));
        Assert.InRange((double)ledger.PeakBytes / measured, 0.85, 1.15);
    }

    [Theory(Explicit = true)]
    [InlineData("vit", "fp32", 144)]
    [InlineData("vit", "fp16", 192)]
    [InlineData("vit", "pure bf16", 192)]
    [InlineData("vit", "bf16, checkpointing", 384)]
    [InlineData("vit", "checkpointing", 288)]
    [InlineData("vit", "micro 144", 288)]
    [InlineData("vit", "bf16, micro 384, checkpointing", 768)]
    [InlineData("vit", "fp16 Adam", 144)]
    [InlineData("vit", "bf16, bf16 Adam", 144)]
    [InlineData("vit", "bf16, jukebox Adam, 16-bit texts", 144)]
    [InlineData("vit", "paper", 320)]
    [InlineData("vit", "paper, averaged", 480)]
    [InlineData("vit", "paper, micro 480", 960)]
    [InlineData("vit", "bf16, locked image", 384)]
    [InlineData("vit", "locked image, micro 480", 960)]
    [InlineData("vit", "locked image but 2", 288)]
    [InlineData("vit", "locked image but 3, checkpointing", 288)]
    [InlineData("vit", "locked text", 192)]
    [InlineData("vit", "locked text but 2", 192)]
    [InlineData("vit", "bf16, low rank", 192)]
    [InlineData("vit", "bf16, low rank, locked text", 288)]
    [InlineData("class token", "bf16", 96)]
    [InlineData("class token", "checkpointing", 96)]
    [InlineData("class token", "paper", 96)]
    [InlineData("words", "low rank", 32)]
    [InlineData("words", "bf16, low rank, checkpointing", 64)]
    [InlineData("vit", "siglip", 144)]
    [InlineData("gelu", "fp32", 144)]
    [InlineData("gelu", "bf16", 192)]
    [InlineData("gelu", "paper", 480)]
    [InlineData("half of the patches", "fp32", 192)]
    [InlineData("wide", "fp32", 192)]
    [InlineData("words", "bf16, 16-bit texts", 32)]
    [InlineData("words", "bf16, 16-bit texts, fp16 Adam", 32)]
    [InlineData("words", "paper", 32)]
    [InlineData("resnet", "fp32", 128)]
    [InlineData("resnet", "bf16", 128)]
    [InlineData("RN-Tiny-64", "fp32", 64)]
    [InlineData("RN-Tiny-64", "bf16", 64)]
    [InlineData("RN-Tiny-64", "fp16", 16)]
    [InlineData("RN-Tiny-64", "pure bf16", 64)]
    [InlineData("RN-Tiny-64", "checkpointing", 64)]
    [InlineData("RN-Tiny-64", "checkpointing", 256)]
    [InlineData("RN-Tiny-64", "bf16, checkpointing", 128)]
    [InlineData("RN-Tiny-64", "micro 4", 64)]
    [InlineData("RN-Tiny-64", "micro 32", 128)]
    [InlineData("RN-Tiny-64", "bf16, micro 32", 128)]
    [InlineData("RN-Tiny-64", "micro 32, checkpointing", 128)]
    [InlineData("RN-Tiny-64", "fp16 Adam, micro 8", 64)]
    [InlineData("RN-Tiny-64", "paper", 128)]
    [InlineData("RN-Tiny-64", "paper, micro 16", 64)]
    [InlineData("RN-Tiny-64", "locked image", 128)]
    [InlineData("RN-Tiny-64", "bf16, locked image", 128)]
    [InlineData("RN-Tiny-64", "locked image but 2", 64)]
    [InlineData("RN-Tiny-64", "locked image but 3, checkpointing", 64)]
    [InlineData("RN-Tiny-64", "locked text", 64)]
    public void The_predicted_peak_is_within_15_percent_in_every_other_way(string model, string ways, int batchSize) =>
        The_predicted_peak_is_within_15_percent_of_the_measured_one(model, ways, batchSize);

    [Theory]
    [InlineData("vit", NumberFormat.Fp32, OptimizerState.Fp32, TextWeights.Fp32)]
    [InlineData("vit", NumberFormat.Bf16, OptimizerState.Fp16, TextWeights.Bf16Sr)]
    [InlineData("vit", NumberFormat.Bf16, OptimizerState.Fp16Jukebox, TextWeights.Bf16Sr)]
    [InlineData("vit", NumberFormat.PureBf16, OptimizerState.Bf16, TextWeights.Fp32)]
    [InlineData("class token", NumberFormat.Bf16, OptimizerState.Fp16, TextWeights.Bf16Sr)]
    [InlineData("wide", NumberFormat.Fp32, OptimizerState.Fp32, TextWeights.Fp32)]
    [InlineData("resnet", NumberFormat.Fp32, OptimizerState.Fp16, TextWeights.Fp32)]
    [InlineData("resnet", NumberFormat.PureBf16, OptimizerState.Bf16, TextWeights.Fp32)]
    public void Weights_moments_and_averages_are_counted_to_the_byte(
        string model, NumberFormat format, OptimizerState state, TextWeights text)
    {
        var config = Model(model);
        var options = new TrainOptions { Precision = format, OptimizerState = state, TextWeights = text, EmaDecay = 0.9 };
        using var clip = ClipModel.Create(config);
        var precision = Precision.Of(format, TorchDevice.Cpu);
        if (options.HalfWeights(precision) is { } type)
        {
            clip.KeepMatricesAs(type, imageToo: precision.IsPure);
        }

        using var optimizer = new AdamW(clip.NamedParameters(), new AdamWOptions(State: state));
        using var average = new WeightAverage(clip, 0.9);
        var ledger = MemoryLedger.Of(config, options);

        Assert.Equal(clip.NamedWeights().Sum(w => Bytes(w.Value)), Sum(ledger, "weights"));
        Assert.Equal(clip.NamedParameters().Sum(p => Bytes(p.Parameter)), Sum(ledger, "gradients"));
        Assert.Equal(optimizer.State().Where(s => !s.Name.StartsWith("step/", StringComparison.Ordinal)).Sum(s => Bytes(s.Value)),
            Sum(ledger, "moments"));
        Assert.Equal(average.State().Sum(s => Bytes(s.Value)), Sum(ledger, "average"));
        Assert.Equal(clip.NamedParameters().Sum(p => p.Parameter.numel()), ledger.Parameters);
        // What a checkpoint is written from: averages in place of weights, the weights beside them, the moments.
        Assert.Equal(Sum(ledger, "weights") + Sum(ledger, "moments") + Sum(ledger, "average"), ledger.SaveBytes);
    }

    private static long Bytes(torch.Tensor tensor) => tensor.numel() * tensor.element_size();

    private static long Sum(MemoryLedger ledger, string kind) =>
        ledger.Entries.Where(entry => entry.Kind == kind).Sum(entry => entry.Bytes);

    private static TrainOptions Way(TrainOptions options, string way) => way.Split(' ') switch
    {
        ["fp32"] or ["fp16"] or ["bf16"] => options with { Precision = Enum.Parse<NumberFormat>(way, ignoreCase: true) },
        ["pure", "bf16"] => options with { Precision = NumberFormat.PureBf16 },
        ["jukebox", "Adam"] => options with { OptimizerState = OptimizerState.Fp16Jukebox },
        [var state, "Adam"] => options with { OptimizerState = Enum.Parse<OptimizerState>(state, ignoreCase: true) },
        ["16-bit", "texts"] => options with { TextWeights = TextWeights.Bf16Sr },
        ["averaged"] => options with { EmaDecay = 0.9 },
        ["low", "rank"] => options with { LoraRank = 8 },
        ["siglip"] => options with { Siglip = true },
        ["checkpointing"] => options with { GradCheckpointing = true },
        ["micro", var rows] => options with { MicroBatch = int.Parse(rows, CultureInfo.InvariantCulture) },
        ["paper"] => options with
        {
            Precision = NumberFormat.Bf16,
            OptimizerState = OptimizerState.Fp16,
            TextWeights = TextWeights.Bf16Sr,
            GradCheckpointing = true,
        },
        ["locked", "image", .. var but] => options with { LockImage = true, LockImageUnlockedGroups = But(but) },
        ["locked", "text", .. var but] => options with { LockText = true, LockTextUnlockedLayers = But(but) },
        _ => throw new ArgumentException(way),
    };

    private static int But(string[] words) => words is ["but", var layers] ? int.Parse(layers, CultureInfo.InvariantCulture) : 0;

    private static void Train(ModelConfig config, TrainOptions options, TrainingBatch batch, int steps)
    {
        var precision = Precision.Of(options.Precision, options.Device);
        using var model = ClipModel.Create(config);
        if (options.HalfWeights(precision) is { } type)
        {
            model.KeepMatricesAs(type, imageToo: precision.IsPure);
        }

        new TowerLayers(config).Choose(model, options);

        using var optimizer = new AdamW(model.NamedParameters(), new AdamWOptions(State: options.OptimizerState));
        using var average = options.EmaDecay > 0 ? new WeightAverage(model, options.EmaDecay) : null;
        var trainer = new Trainer(model, optimizer, new CosineSchedule(1e-3, 1, 10), precision, options, average);
        for (var step = 0; step < steps; step++)
        {
            trainer.Step(step, batch);
        }
    }

    private static TrainingBatch Batch(ModelConfig config, int rows)
    {
        var (size, context) = (config.Vision.ImageSize, config.Text.ContextLength);
        var pixels = new byte[rows * 3 * size.Area];
        new Random(1).NextBytes(pixels);
        var ids = new int[rows * context];
        for (var i = 0; i < ids.Length; i++)
        {
            ids[i] = i * 7 % config.Text.VocabSize;
        }

        return new TrainingBatch(0, new PixelBatch(pixels, size),
            new TokenBatch(ids, context, [.. Enumerable.Repeat(context - 1, rows)]),
            new long[rows], TimeSpan.Zero);
    }

    private static ModelConfig Model(string name) => name switch
    {
        "vit" => new()
        {
            // Narrow: much memory for little work.
            EmbedDim = 64,
            QuickGelu = true,
            Vision = new VisionConfig { Layers = [4], Width = 32, ImageSize = 64, PatchSize = 8, HeadWidth = 16 },
            Text = new TextConfig { ContextLength = 32, VocabSize = 32_000, Width = 32, Heads = 2, Layers = 2 },
        },
        "gelu" => Model("vit") with { QuickGelu = false },
        "half of the patches" => Model("vit") with { Vision = Model("vit").Vision with { PatchDropout = 0.5 } },
        "wide" => Model("vit") with { Vision = Model("vit").Vision with { ImageSize = new Extent(32, 96) } },
        "resnet" => new()
        {
            EmbedDim = 64,
            Vision = new VisionConfig { Layers = [1, 2, 1, 1], Width = 8, ImageSize = 64, HeadWidth = 32 },
            Text = new TextConfig { ContextLength = 16, VocabSize = 32_000, Width = 32, Heads = 2, Layers = 1 },
        },
        "class token" => Model("vit") with
        {
            Vision = Model("vit").Vision with { Layers = [1], ImageSize = 16 },
            Text = new TextConfig { ContextLength = 77, VocabSize = 1_000, Width = 64, Heads = 4, Layers = 4, EmbedCls = true },
        },
        "words" => new()
        {
            EmbedDim = 64,
            Vision = new VisionConfig { Layers = [2], Width = 256, ImageSize = 32, PatchSize = 8, HeadWidth = 64 },
            Text = new TextConfig { ContextLength = 16, VocabSize = 20_000, Width = 256, Heads = 4, Layers = 3 },
        },
        _ => ModelPresets.Find(name),
    };
}
