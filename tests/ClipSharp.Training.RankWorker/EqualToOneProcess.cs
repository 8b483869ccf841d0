using System.Globalization;
using ClipSharp.Data.Batches;
using ClipSharp.Images;
using ClipSharp.Models;
using ClipSharp.Text;
using ClipSharp.Torch;
using ClipSharp.Training.Optimization;
using ClipSharp.Training.Ranks;
using static TorchSharp.torch;

namespace ClipSharp.Training.RankWorker;

/// <summary>Trains one batch on all processes, and on one alone, and compares: loss and gradients of the first step, weights
/// after fifty.</summary>
internal static class EqualToOneProcess
{
    private const int Rows = 16;
    private const int Context = 8;
    private const int Steps = 50;

    // Of float32: what order of summation leaves. Weights move by up to the rate a step, and Adam divides by small numbers.
    private const double MostOfLoss = 1e-6; // of itself
    private const double MostOfGradients = 1e-6;
    private const double MostOfWeights = 1e-5;
    private const double RoughLoss = 1e-2; // of bfloat16

    private static readonly ModelConfig Transformer = ModelConfig.Parse("""
        { "embed_dim": 16,
          "vision_cfg": { "image_size": 16, "layers": 2, "width": 32, "patch_size": 8, "head_width": 16 },
          "text_cfg": { "context_length": 8, "vocab_size": 64, "width": 32, "heads": 2, "layers": 2 } }
        """u8, "transformer");

    private static readonly ModelConfig ResNet = ModelConfig.Parse("""
        { "embed_dim": 16,
          "vision_cfg": { "image_size": 32, "layers": [1, 1, 1, 1], "width": 8, "patch_size": null },
          "text_cfg": { "context_length": 8, "vocab_size": 64, "width": 32, "heads": 2, "layers": 1 } }
        """u8, "resnet");

    private static readonly ModelConfig Dropped = Transformer with { Vision = Transformer.Vision with { PatchDropout = 0.5 } };

    private static IEnumerable<Case> Cases(int processes)
    {
        var plain = new TrainOptions { BatchSize = Rows, Seed = 3, GradClipNorm = 1, Lr = 1e-3 };
        var slow = plain with { Lr = 1e-4 }; // where a difference in the last place grows by itself: ReLU, draws of rounding
        var micro = Rows / processes / 2 > 0 ? Rows / processes / 2 : 1;
        yield return new("ViT", Transformer, plain);
        yield return new("ViT, checkpointed", Transformer, plain with { GradCheckpointing = true });
        yield return new("ViT, micro-batches", Transformer, plain with { MicroBatch = micro });
        yield return new("ViT, micro-batches, checkpointed", Transformer,
            plain with { MicroBatch = micro, GradCheckpointing = true });
        yield return new("ViT, sigmoid loss", Transformer with { InitLogitBias = -10, InitLogitScale = 2.3 },
            plain with { Siglip = true });
        yield return new("ViT, multi-positive", Transformer, plain with { MultiPositive = true }, Repeats: true);
        yield return new("ViT, sigmoid loss, multi-positive", Transformer with { InitLogitBias = -10, InitLogitScale = 2.3 },
            plain with { Siglip = true, MultiPositive = true }, Repeats: true);
        yield return new("ViT, label smoothing", Transformer, plain with { LabelSmoothing = 0.1 });
        yield return new("ViT, patch dropout", Dropped, plain);
        yield return new("ViT, locked image tower", Transformer, plain with { LockImage = true });
        yield return new("ViT, locked text tower", Transformer, plain with { LockText = true });
        yield return new("ViT, averaged weights", Transformer, plain with { EmaDecay = 0.9 });
        // Batch norm's statistics are a micro-batch's: equal where those are the same rows.
        yield return new("ResNet, micro-batches", ResNet, slow with { MicroBatch = Rows / processes });
        yield return new("ResNet, micro-batches, sigmoid loss", ResNet with { InitLogitBias = -10, InitLogitScale = 2.3 },
            slow with { MicroBatch = Rows / processes, Siglip = true });
        yield return new("ResNet, batch norm over all", ResNet, slow with { UseBnSync = true });
        yield return new("ResNet, batch norm over all, checkpointed", ResNet,
            slow with { UseBnSync = true, GradCheckpointing = true });
        foreach (var state in Enum.GetValues<OptimizerState>())
        {
            yield return new($"ViT, {TrainJson.Spell(state)} state", Transformer, slow with { OptimizerState = state });
            yield return new($"ViT, {TrainJson.Spell(state)} state, sharded", Transformer,
                slow with { OptimizerState = state, ShardOptimizer = true });
        }

        yield return new("ViT, bf16-sr text weights, sharded", Transformer,
            plain with { TextWeights = TextWeights.Bf16Sr, OptimizerState = OptimizerState.Bf16, ShardOptimizer = true },
            IsRough: true);
    }

    /// <summary>Whether all cases, or those whose names hold a word, are equal within bounds.</summary>
    public static bool Holds(ICollective ranks, string word, TorchDevice device)
    {
        set_num_threads(1);
        var all = true;
        foreach (var each in Cases(ranks.WorldSize).Where(c => c.Name.Contains(word, StringComparison.Ordinal)))
        {
            using var scope = NewDisposeScope();
            var one = Train(each, new SingleProcess(), device);
            var many = Train(each, ranks, device);
            var (loss, gradients, weights) = (Math.Abs(1 - (many.Loss / one.Loss)), Farthest(one.Gradients, many.Gradients),
                Farthest(one.Weights, many.Weights));
            var isEqual = one.Moved > 1e-3 && (each.IsRough ? loss <= RoughLoss && weights <= one.Moved / 4
                : loss <= MostOfLoss && gradients <= MostOfGradients && weights <= MostOfWeights);
            var isSame = IsSameEverywhere(ranks, many.Weights);
            all &= isEqual && isSame;
            if (ranks.Rank == 0)
            {
                var verdict = isEqual && isSame ? "equal" : "NOT EQUAL";
                var bits = isSame ? "" : ", other bits elsewhere";
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"{verdict} {ranks.WorldSize} {each.Name}: loss {loss:0.0e0}, gradients {gradients:0.0e0}, weights {weights:0.0e0} of {one.Moved:0.0e0} moved{bits}"));
            }
        }

        return !ranks.Any(!all)[0];
    }

    private static Outcome Train(Case each, ICollective ranks, TorchDevice device)
    {
        var options = each.Options;
        var precision = Precision.Parse(options.TextWeights == TextWeights.Fp32 ? "fp32" : "bf16");
        using var model = ClipModel.Create(each.Config, seed: 1);
        model.To(device.Open());
        if (options.HalfWeights(precision) is { } type)
        {
            model.KeepMatricesAs(type, imageToo: false);
        }

        var layers = new TowerLayers(each.Config);
        foreach (var (_, parameter) in model.NamedParameters().Where(p => layers.IsLocked(p.Name, options)))
        {
            parameter.requires_grad = false;
        }

        var settings = new AdamWOptions(Epsilon: 1e-3, State: options.OptimizerState, Seed: 5);
        using var optimizer = new AdamW(model.NamedParameters(), settings, null,
            options.ShardOptimizer && ranks.WorldSize > 1 ? ranks : null);
        using var average = options.EmaDecay > 0 ? new WeightAverage(model, options.EmaDecay) : null;
        var trainer = new Trainer(model, optimizer, new CosineSchedule(options.Lr, 0, Steps), precision, options, average,
            ranks: ranks);
        var before = Values(model.NamedParameters().Select(p => (p.Name, (Tensor)p.Parameter)));
        var (loss, gradients) = (0.0, new Dictionary<string, Tensor>());
        for (var step = 0; step < Steps; step++)
        {
            using var scope = NewDisposeScope();
            var done = trainer.Step(step, Batch(each, step, ranks));
            if (step == 0)
            {
                loss = done.Loss;
                gradients = Values(model.NamedParameters().Where(p => p.Parameter.grad is not null && optimizer.Shards is null)
                    .Select(p => (p.Name, p.Parameter.grad!)));
            }
        }

        var after = Values(model.NamedParameters().Select(p => (p.Name, (Tensor)p.Parameter))
            .Concat(average?.State().Select(a => ("average/" + a.Name, a.Value)) ?? []));
        return new Outcome(loss, gradients, after, Farthest(before, after));
    }

    // This process' rows of a batch that hangs on the step alone.
    private static TrainingBatch Batch(Case each, int step, ICollective ranks)
    {
        var size = each.Config.Vision.ImageSize;
        var (picture, count) = (3 * (int)size.Area, Rows / ranks.WorldSize);
        var random = new RandomStream(7, RandomPurpose.SampleOrder, step);
        var (pixels, ids, samples) = (new byte[Rows * picture], new int[Rows * Context], new long[Rows]);
        for (var i = 0; i < pixels.Length; i++)
        {
            pixels[i] = (byte)random.NextInt32(256);
        }

        for (var row = 0; row < Rows; row++)
        {
            samples[row] = each.Repeats ? random.NextInt32(3) : row;
            for (var i = 0; i < Context - 1; i++)
            {
                ids[(row * Context) + i] = i == 0 ? 62 : each.Repeats && row % 3 == 0 ? 5 : random.NextInt32(60);
            }

            ids[(row * Context) + Context - 1] = 63;
        }

        return new TrainingBatch(step,
            new PixelBatch(pixels.AsSpan(ranks.Rank * count * picture, count * picture).ToArray(), size),
            new TokenBatch(ids.AsSpan(ranks.Rank * count * Context, count * Context).ToArray(), Context,
                [.. Enumerable.Repeat(Context - 1, count)]),
            samples.AsSpan(ranks.Rank * count, count).ToArray(), TimeSpan.Zero);
    }

    private static Dictionary<string, Tensor> Values(IEnumerable<(string Name, Tensor Value)> tensors)
    {
        using var none = no_grad();
        return tensors.ToDictionary(t => t.Name, t => t.Value.detach().to(float32, copy: true).DetachFromDisposeScope());
    }

    private static double Farthest(Dictionary<string, Tensor> left, Dictionary<string, Tensor> right)
    {
        using var scope = NewDisposeScope();
        return left.Keys.Intersect(right.Keys).Select(name => left[name].sub(right[name]).abs().max().item<float>())
            .DefaultIfEmpty(0).Max();
    }

    private static bool IsSameEverywhere(ICollective ranks, Dictionary<string, Tensor> weights)
    {
        using var scope = NewDisposeScope();
        var mine = cat([.. weights.OrderBy(w => w.Key, StringComparer.Ordinal).Select(w => w.Value.view(-1))]);
        var first = mine.clone();
        ranks.Broadcast(first, 0);
        return !ranks.Any(!first.Equals(mine))[0];
    }

    private sealed record Case(string Name, ModelConfig Config, TrainOptions Options, bool Repeats = false,
        bool IsRough = false);

    private sealed record Outcome(double Loss, Dictionary<string, Tensor> Gradients, Dictionary<string, Tensor> Weights,
        double Moved);
}
