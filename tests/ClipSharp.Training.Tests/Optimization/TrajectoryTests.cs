using System.Text.Json;
using ClipSharp.Data.Batches;
using ClipSharp.Images;
using ClipSharp.Text;
using ClipSharp.Torch;
using ClipSharp.Torch.Tests.Towers;
using ClipSharp.Training.Optimization;
using ClipSharp.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace ClipSharp.Training.Tests.Optimization;

[Trait("Category", "Numeric")]
public sealed class TrajectoryTests
{
    /// <summary>Gradients that are gathered wrongly part from the reference in the first steps: fewer of them do where each
    /// costs sixteen.</summary>
    [Theory]
    [InlineData(null, false, 200)]
    [InlineData(null, true, 200)]
    [InlineData(1, false, 25)]
    [InlineData(2, false, 50)]
    [InlineData(4, true, 50)]
    [InlineData(8, false, 50)]
    public void Steps_follow_the_reference(int? microBatch, bool checkpointing, int steps)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(SharedFiles.Fixture("training/trajectory.json")));
        var wanted = document.RootElement.GetProperty("float32");
        Follow(new TrainOptions { BatchSize = 16, MicroBatch = microBatch, GradCheckpointing = checkpointing }, (step, done, _) =>
        {
            double Want(string curve) => wanted.GetProperty(curve)[step].GetDouble();
            Assert.Equal(Want("lr"), done.Rate, 1e-12);
            Near(step, "loss", Want("loss"), done.Loss, step == 0 ? 1e-6 : step <= 20 ? 2e-5 : 2e-4);
            Near(step, "gradient norm", 1, done.GradientNorm / Want("gradient_norm"), step < 20 ? 1e-5 : 5e-4);
            Near(step, "logit scale", Want("logit_scale"), Math.Log(done.LogitScale), 1e-4);
        }, steps);
    }

    [Theory(Explicit = true)]
    [Trait("Category", "Long")]
    [InlineData(1, false)]
    [InlineData(2, false)]
    [InlineData(4, true)]
    [InlineData(8, false)]
    public void Two_hundred_steps_follow_the_reference(int? microBatch, bool checkpointing) =>
        Steps_follow_the_reference(microBatch, checkpointing, steps: 200);

    [Theory]
    [InlineData(20, 2e-4)]
    [InlineData(200, 2e-3)]
    public void Weights_after_so_many_steps_are_the_references(int steps, double bound)
    {
        using var weights = new Reference($"training/weights_step_{steps}.safetensors");
        Follow(new TrainOptions(), (step, _, model) =>
        {
            if (step + 1 == steps)
            {
                foreach (var (name, value) in model.NamedWeights())
                {
                    weights.AssertClose(name, value, share: 0, absolute: bound);
                }
            }
        }, steps);
    }

    [Fact]
    public void Decay_takes_matrices_and_leaves_gains_biases_class_token_and_scale()
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(SharedFiles.Fixture("training/trajectory.json")));
        using var model = Reference.Model("vit-tiny");
        using var optimizer = new AdamW(model.NamedParameters(), new AdamWOptions());

        var (decayed, notDecayed) = optimizer.Groups();

        Assert.Equal(Names(document, "decayed"), decayed.Order(StringComparer.Ordinal));
        Assert.Equal(Names(document, "not_decayed"), notDecayed.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData(9.0, 100, 4.605170249938965)]
    [InlineData(9.0, 10, 2.302585092994046)]
    [InlineData(-3.0, 100, 0.0)]
    public void The_logit_scale_is_clamped_after_a_step(double start, double most, double expected)
    {
        using var model = Reference.Model("vit-tiny");
        using (no_grad())
        {
            model.LogitScale.fill_(start);
        }

        using var optimizer = new AdamW(model.NamedParameters(), new AdamWOptions());
        var options = new TrainOptions { LogitScaleMax = most };
        var trainer = new Trainer(model, optimizer, new CosineSchedule(1e-9, 0, 10), Precision.Parse("fp32"), options);
        trainer.Step(0, Random(4));

        Assert.Equal(expected, model.LogitScale.ToDouble(), 6);
    }

    [Fact]
    public void A_step_that_is_not_finite_changes_nothing()
    {
        using var model = Reference.Model("vit-tiny");
        using (no_grad())
        {
            model.LogitScale.fill_(float.NaN);
        }

        using var optimizer = new AdamW(model.NamedParameters(), new AdamWOptions());
        var trainer = new Trainer(model, optimizer, new CosineSchedule(1e-3, 0, 10), Precision.Parse("fp32"), new TrainOptions());
        var before = model.NamedParameters().First().Parameter.data<float>().ToArray();

        Assert.True(trainer.Step(0, Random(4)).Skipped);
        Assert.Equal(before, model.NamedParameters().First().Parameter.data<float>().ToArray());
        Assert.All(optimizer.State(), s => Assert.Equal(0, s.Value.abs().max().ToDouble()));
    }

    private static void Follow(TrainOptions options, Action<int, StepDone, ClipModel> each, int steps = 200)
    {
        using var data = SafetensorsFile.Open(SharedFiles.Fixture("training/data.safetensors"));
        var pictures = data.Bytes("pictures").ToArray();
        var tokens = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, long>(data.Bytes("tokens")).ToArray();
        using var model = Reference.Model("vit-tiny");
        using var optimizer = new AdamW(model.NamedParameters(), new AdamWOptions(0.9, 0.98, 1e-6, 0.2));
        var trainer = new Trainer(model, optimizer, new CosineSchedule(1e-3, 20, 200), Precision.Parse("fp32"), options);
        for (var step = 0; step < steps; step++)
        {
            each(step, trainer.Step(step, Batch(step, pictures, tokens)), model);
        }
    }

    private static TrainingBatch Batch(int step, byte[] pictures, long[] tokens)
    {
        const int Picture = 3 * 32 * 32;
        var rows = Enumerable.Range(0, 16).Select(i => ((16 * step) + i) % 64).ToArray();
        var pixels = rows.SelectMany(r => pictures.AsSpan(r * Picture, Picture).ToArray()).ToArray();
        var ids = rows.SelectMany(r => tokens.AsSpan(r * 16, 16).ToArray().Select(t => (int)t)).ToArray();
        var ends = rows.Select((_, i) => Array.IndexOf(ids[(i * 16)..((i + 1) * 16)], 511)).ToArray();
        return new TrainingBatch(0, new PixelBatch(pixels, 32), new TokenBatch(ids, 16, ends), [.. rows.Select(r => (long)r)],
            TimeSpan.Zero);
    }

    private static TrainingBatch Random(int count)
    {
        var random = new RandomStream(1, RandomPurpose.Augmentation);
        var pixels = new byte[count * 3 * 32 * 32];
        for (var i = 0; i < pixels.Length; i++)
        {
            pixels[i] = (byte)random.NextInt32(256);
        }

        var ids = Enumerable.Range(0, count).SelectMany(i => new[] { 510, 5 + i, 7, 511 }).ToArray();
        return new TrainingBatch(0, new PixelBatch(pixels, 32), new TokenBatch(ids, 4, [.. Enumerable.Repeat(3, count)]),
            new long[count], TimeSpan.Zero);
    }

    private static IEnumerable<string> Names(JsonDocument document, string group) =>
        document.RootElement.GetProperty(group).EnumerateArray().Select(e => e.GetString()!).Order(StringComparer.Ordinal);

    private static void Near(int step, string what, double want, double got, double bound) =>
        Assert.True(Math.Abs(want - got) <= bound,
            FormattableString.Invariant($"step {step}: {what} {got:R} instead of {want:R}, bound {bound:E1}"));
}
