using System.Diagnostics;
using ClipSharp.Data.Batches;
using ClipSharp.Images;
using ClipSharp.Models;
using ClipSharp.Text;
using ClipSharp.Torch;
using ClipSharp.Training.Optimization;
using TorchSharp;

namespace ClipSharp.Training.Tests;

public sealed class MemoryTests
{
    private const int Spans = 5;

    [Theory]
    [InlineData("fp32", false, 1000)]
    [InlineData("bf16", false, 500)] // a leak of 20 kB a step is found
    [InlineData("bf16", true, 200)]
    public void Steps_leave_no_tensor_and_no_memory_behind(string precision, bool isResNet, int steps)
    {
        var warmUp = steps * 2 / 5;
        using var model = ClipModel.Create(Config(isResNet));
        using var optimizer = new AdamW(model.NamedParameters(), new AdamWOptions());
        using var average = new WeightAverage(model, 0.99);
        var trainer = new Trainer(model, optimizer, new CosineSchedule(1e-3, 10, warmUp + steps), Precision.Parse(precision),
            new TrainOptions { GradClipNorm = 1 }, average);
        var batch = Batch(isResNet ? 64 : 32);
        for (var step = 0; step < warmUp; step++)
        {
            trainer.Step(step, batch);
        }

        var tensors = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        var resident = new List<long> { Resident() };
        for (var step = 0; step < steps; step++)
        {
            trainer.Step(warmUp + step, batch);
            if ((step + 1) % (steps / Spans) == 0)
            {
                resident.Add(Resident());
            }
        }

        Assert.Equal(tensors, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        // What leaks grows in every span; the runtime's own heap grows in one or another.
        var growth = resident.Zip(resident.Skip(1), (before, after) => after - before).Order().ElementAt(Spans / 2);
        Assert.InRange(growth, long.MinValue, 2L << 20);
    }

    [Theory(Explicit = true)]
    [Trait("Category", "Long")]
    [InlineData("bf16", false)]
    [InlineData("bf16", true)]
    public void A_thousand_steps_leave_nothing_behind(string precision, bool isResNet) =>
        Steps_leave_no_tensor_and_no_memory_behind(precision, isResNet, steps: 1000);

    [Fact]
    public void Forgotten_gradients_hold_no_memory()
    {
        using var model = ClipModel.Create(Config(isResNet: false));
        using var optimizer = new AdamW(model.NamedParameters(), new AdamWOptions());
        new Trainer(model, optimizer, new CosineSchedule(1e-3, 1, 2), Precision.Parse("fp32"), new TrainOptions())
            .Step(0, Batch(32));
        Assert.All(model.NamedParameters(), p => Assert.NotNull(p.Parameter.grad));

        optimizer.ForgetGradients();

        Assert.All(model.NamedParameters(), p => Assert.Null(p.Parameter.grad));
    }

    [Fact]
    public void A_small_batch_is_learnt_by_heart()
    {
        using var model = ClipModel.Create(Config(isResNet: false));
        using var optimizer = new AdamW(model.NamedParameters(), new AdamWOptions(WeightDecay: 0));
        var trainer = new Trainer(model, optimizer, new CosineSchedule(3e-3, 10, 150), Precision.Parse("fp32"),
            new TrainOptions());
        var batch = Batch(32);

        var losses = Enumerable.Range(0, 150).Select(step => trainer.Step(step, batch).Loss).ToList();

        Assert.InRange(losses[0], Math.Log(8) - 1, Math.Log(8) + 2);
        Assert.InRange(losses[^1], 0, 0.05);
    }

    internal static ModelConfig Config(bool isResNet) => new()
    {
        EmbedDim = 16,
        Vision = isResNet
            ? new VisionConfig { Layers = [1, 1, 1, 1], Width = 4, ImageSize = 64, HeadWidth = 64 }
            : new VisionConfig { Layers = [2], Width = 32, ImageSize = 32, PatchSize = 8, HeadWidth = 16 },
        Text = new TextConfig { ContextLength = 8, VocabSize = 64, Width = 32, Heads = 2, Layers = 2 },
    };

    internal static TrainingBatch Batch(int size)
    {
        var random = new RandomStream(1, RandomPurpose.Augmentation);
        var pixels = new byte[8 * 3 * size * size];
        for (var i = 0; i < pixels.Length; i++)
        {
            pixels[i] = (byte)random.NextUInt32();
        }

        var ids = Enumerable.Range(0, 8).SelectMany(i => new[] { 62, i, 2 * i, 63 }).ToArray();
        return new TrainingBatch(0, new PixelBatch(pixels, size), new TokenBatch(ids, 4, [.. Enumerable.Repeat(3, 8)]),
            new long[8], TimeSpan.Zero);
    }

    private static long Resident()
    {
        GC.Collect();
        using var process = Process.GetCurrentProcess();
        return process.WorkingSet64;
    }
}
