using System.Text.Json.Nodes;
using ClipSharp.Torch;
using ClipSharp.Training.Optimization;
using static TorchSharp.torch;
using AdamW = ClipSharp.Training.Optimization.AdamW;

namespace ClipSharp.Training.Tests.Passes;

/// <summary>Locked towers beside every other way of training: what is locked stays to the bit, the rest moves, and moves alike
/// however a step is computed.</summary>
[Trait("Category", "Numeric")]
public sealed class LockedTowersTests
{
    private const double Rate = 1e-3;
    private const int Steps = 3;

    // Images and texts locked but for the last so many layers; -1 = not locked.
    public static TheoryData<int, int, string> Ways
    {
        get
        {
            var ways = new TheoryData<int, int, string>();
            foreach (var format in (string[])["fp32 fp32 fp32", "fp32 fp16 fp32",
                "bf16 bf16 bf16-sr", "fp16 fp16-jukebox fp16-sr"])
            {
                foreach (var (images, texts) in ((int, int)[])[(0, -1), (2, -1), (-1, 0), (-1, 1), (1, 2)])
                {
                    ways.Add(images, texts, format);
                }
            }

            return ways;
        }
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public void Locked_layers_stay_and_the_others_move_alike_in_every_way(int images, int texts, string formats)
    {
        foreach (var average in (double[])[0, 0.9])
        {
            var options = Options(images, texts, formats) with { EmaDecay = average };
            var plain = Train(options);
            AssertMoved(plain, options);

            var checkpointed = Train(options with { GradCheckpointing = true });
            Assert.All(plain.After.Concat(plain.Averages).Zip(checkpointed.After.Concat(checkpointed.Averages)),
                pair => Assert.True(pair.First.Bytes.AsSpan().SequenceEqual(pair.Second.Bytes), pair.First.Name));

            foreach (var checkpointing in (bool[])[false, true])
            {
                var micro = Train(options with { MicroBatch = 3, GradCheckpointing = checkpointing });
                AssertMoved(micro, options);
                AssertNear(plain.After, micro.After, Tolerance(formats));
                AssertNear(plain.Averages, micro.Averages, Tolerance(formats));
            }
        }
    }

    [Fact]
    public void What_is_locked_has_no_moments()
    {
        using var moving = new TorchSharp.Modules.Parameter(zeros(2));
        using var locked = new TorchSharp.Modules.Parameter(zeros(2), requires_grad: false);
        using var optimizer = new AdamW([("moving", moving), ("locked", locked)], new AdamWOptions());

        Assert.Contains(optimizer.State(), state => state.Name.Contains("moving", StringComparison.Ordinal));
        Assert.DoesNotContain(optimizer.State(), state => state.Name.Contains("locked", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(null, false)]
    [InlineData(null, true)]
    [InlineData(3, true)]
    public void Statistics_of_a_resnet_s_locked_norms_stay_and_the_others_move(int? micro, bool checkpointing)
    {
        var averaged = Options(2, -1, "fp32 fp32 fp32") with { EmaDecay = 0.9 };
        var options = averaged with { MicroBatch = micro, GradCheckpointing = checkpointing };

        AssertMoved(Train(options, isResNet: true), options);
    }

    private static TrainOptions Options(int images, int texts, string formats)
    {
        var names = formats.Split(' ');
        var members = new JsonObject { ["precision"] = names[0], ["optimizer_state"] = names[1], ["text_weights"] = names[2] };
        return TrainOptions.FromJson(members, "test") with
        {
            BatchSize = 8,
            LockImage = images >= 0,
            LockImageUnlockedGroups = Math.Max(0, images),
            LockText = texts >= 0,
            LockTextUnlockedLayers = Math.Max(0, texts),
        };
    }

    // Largest difference of a weight. Float32: gradients of micro-batches are off by 1e-6 of them. Statistics of 16 bits: a
    // rounding that falls the other way moves a step by 1 / 128 of it, half precision's scale for a whole tensor by more. Weights
    // of 16 bits lie 1 / 128 of them apart.
    private static double Tolerance(string formats) => formats switch
    {
        "fp32 fp32 fp32" => 1e-6,
        "fp32 fp16 fp32" => Rate / 32,
        _ => Steps * Rate,
    };

    private static void AssertMoved(Result result, TrainOptions options)
    {
        foreach (var ((name, before), (_, after)) in result.Before.Zip(result.After))
        {
            Assert.True(before.AsSpan().SequenceEqual(after) == IsLocked(name, options), name);
        }

        // An average of what stays is what stays.
        var live = result.After.ToDictionary(w => w.Name, w => w.Values);
        Assert.All(result.Averages.Where(a => IsLocked(a.Name, options)),
            average => Assert.True(average.Values.AsSpan().SequenceEqual(live[average.Name]), average.Name));
    }

    private static void AssertNear(IReadOnlyList<Weight> expected, IReadOnlyList<Weight> found, double tolerance)
    {
        foreach (var (one, other) in expected.Zip(found))
        {
            var far = one.Values.Zip(other.Values, (a, b) =>
                Math.Abs((double)a - b) - (tolerance < Rate ? 0 : Math.Abs(a) / 64)).Max();
            Assert.True(far <= tolerance, FormattableString.Invariant($"{one.Name}: {far:E2}"));
        }
    }

    // Written out for a model of two blocks a tower, and a ResNet whose last two groups are layer4 and attnpool.
    private static bool IsLocked(string name, TrainOptions options)
    {
        var isImage = name.StartsWith("visual.", StringComparison.Ordinal);
        if (name == "logit_scale" || !(isImage ? options.LockImage : options.LockText))
        {
            return false;
        }

        string[][] free = isImage
            ? [["visual.proj", "visual.attnpool."], ["visual.transformer.resblocks.1.", "visual.ln_post.", "visual.layer4."]]
            : [["text_projection"], ["transformer.resblocks.1.", "ln_final."]];
        var unlocked = isImage ? options.LockImageUnlockedGroups : options.LockTextUnlockedLayers;
        return !free.Take(unlocked).Any(layer => layer.Any(part => name.StartsWith(part, StringComparison.Ordinal)));
    }

    private static Result Train(TrainOptions options, bool isResNet = false)
    {
        using var scope = NewDisposeScope();
        var precision = Precision.Of(options.Precision, options.Device);
        using var model = ClipModel.Create(MemoryTests.Config(isResNet), seed: 3);
        if (options.HalfWeights(precision) is { } type)
        {
            model.KeepMatricesAs(type, precision.IsPure);
        }

        new TowerLayers(model.Config).Choose(model, options);

        // The gradient of a key's bias is zero but for roundings, which a smaller epsilon would make whole steps of.
        using var optimizer = new AdamW(model.NamedParameters(),
            new AdamWOptions(Epsilon: 1e-3, State: options.OptimizerState, Seed: 3));
        using var average = options.EmaDecay > 0 ? new WeightAverage(model, options.EmaDecay) : null;
        var trainer = new Trainer(model, optimizer, new CosineSchedule(Rate, 0, 10), precision, options, average);
        trainer.LossScale.Restore(256); // the scale of half precision that overflows nowhere here
        var before = Weights(model.NamedWeights());
        var batch = MemoryTests.Batch(isResNet ? 64 : 32);
        for (var step = 0; step < Steps; step++)
        {
            Assert.False(trainer.Step(step, batch).Skipped);
        }

        return new Result(before, Weights(model.NamedWeights()), Weights(average?.State() ?? []));
    }

    private static List<Weight> Weights(IEnumerable<(string Name, Tensor Value)> weights) =>
        [.. weights.Select(w => new Weight(w.Name, w.Value.bytes.ToArray(),
            w.Value.detach().to(float32).data<float>().ToArray()))];

    private sealed record Weight(string Name, byte[] Bytes, float[] Values)
    {
        public void Deconstruct(out string name, out byte[] bytes) => (name, bytes) = (Name, Bytes);
    }

    private sealed record Result(IReadOnlyList<Weight> Before, IReadOnlyList<Weight> After, IReadOnlyList<Weight> Averages);
}
