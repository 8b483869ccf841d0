using ClipSharp.Torch;
using ClipSharp.Training.Optimization;
using TorchSharp;

namespace ClipSharp.Training.Tests.Runs;

/// <summary>A tensor that nothing refers to may be freed by the collector while libtorch reads it: the process then ends without
/// a word. So every tensor is made in a scope, which refers to it until it ends.</summary>
public sealed class HeldTensorsTests : IDisposable
{
    private readonly TinyRun _tiny = new();

    [Theory]
    [InlineData("plain")]
    [InlineData("the paper's ways to save memory")]
    [InlineData("sigmoid loss")]
    [InlineData("half precision")]
    public void No_tensor_of_a_run_is_made_outside_a_scope(string way)
    {
        var made = OnThreadOfItsOwn(() =>
        {
            _tiny.RunUntil(2, Options(way));
            var end = _tiny.Run(Options(way) with { Resume = "latest" });
            using var clip = TorchClip.Load(end.Checkpoint!);
            clip.EncodeTexts(["a red star"]);
        });

        Assert.Equal(0, made);
    }

    [Fact]
    public void No_tensor_of_a_ResNet_in_training_is_made_outside_a_scope()
    {
        var made = OnThreadOfItsOwn(() =>
        {
            using var model = ClipModel.Create(MemoryTests.Config(isResNet: true));
            using var optimizer = new AdamW(model.NamedParameters(), new AdamWOptions());
            using var average = new WeightAverage(model, 0.99);
            var trainer = new Trainer(model, optimizer, new CosineSchedule(1e-3, 1, 10), Precision.Parse("fp32"),
                new TrainOptions { GradClipNorm = 1 }, average);
            trainer.Step(0, MemoryTests.Batch(64));
            using (average.Enter())
            using (var encoder = new TorchEncoder(model, Precision.Parse("fp32")))
            {
                encoder.EncodeImages(MemoryTests.Batch(64).Pixels);
            }
        });

        Assert.Equal(0, made);
    }

    public void Dispose() => _tiny.Dispose();

    private TrainOptions Options(string way) => way switch
    {
        "plain" => _tiny.Options(),
        "sigmoid loss" => _tiny.Options() with
        {
            Siglip = true,
            MultiPositive = true,
            OptimizerState = OptimizerState.Bf16,
            GradClipNorm = 1,
        },
        "half precision" => _tiny.Options() with
        {
            Precision = NumberFormat.Fp16,
            OptimizerState = OptimizerState.Fp16Jukebox,
            EmaDecay = 0,
            LabelSmoothing = 0.1,
        },
        _ => _tiny.Options() with
        {
            Precision = NumberFormat.Bf16,
            MicroBatch = 4,
            GradCheckpointing = true,
            OptimizerState = OptimizerState.Fp16,
            TextWeights = TextWeights.Bf16Sr,
        },
    };

    // Without the scope that every test has.
    private static long OnThreadOfItsOwn(Action work)
    {
        var (made, failure) = (-1L, (Exception?)null);
        var thread = new Thread(() =>
        {
            try
            {
                work();
                made = DisposeScopeManager.Statistics.CreatedOutsideScopeCount;
            }
            catch (Exception e)
            {
                failure = e;
            }
        });
        thread.Start();
        thread.Join();
        return failure is null ? made : throw new InvalidOperationException("The work failed.", failure);
    }
}
