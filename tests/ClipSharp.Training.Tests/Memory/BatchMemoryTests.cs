using ClipSharp.Data.Batches;
using ClipSharp.Data.Index;
using ClipSharp.Data.Sources;
using ClipSharp.Images;
using ClipSharp.Models;
using ClipSharp.Text;
using ClipSharp.Training.Memory;

namespace ClipSharp.Training.Tests.Memory;

public sealed class BatchMemoryTests
{
    // Pictures of 0.8 MB as they are decoded, 640 of them: garbage of 0.5 GB beside batches of 48 MB.
    [Fact]
    public void Batches_and_what_is_decoded_for_them_take_what_the_ledger_says()
    {
        const int side = 512, batchSize = 64;
        using var folder = new TemporaryFolder();
        for (var i = 0; i < 8; i++)
        {
            var planes = new byte[3 * side * side];
            Array.Fill(planes, (byte)(30 * i));
            File.WriteAllBytes(folder[$"{i}.png"], RgbImage.FromPlanes(planes, side, side).ToPng());
            File.WriteAllText(folder[$"{i}.txt"], $"picture {i}");
        }

        var config = ModelPresets.Find("ViT-B-32");
        var options = new TrainOptions { TrainData = folder[""], Model = "ViT-B-32", BatchSize = batchSize, CacheMegabytes = 0 };
        var index = SampleIndex.Build(SampleSources.Open(options.TrainData, options.DataOptions()), SampleNeed.Caption);
        var tokenizer = TokenizerTrainer.Train(["picture"], 600);

        var peak = PeakMemory.Of(() => Take(10), () => Take(2));

        var ledger = MemoryLedger.Of(config, options).DataBytes;
        TestContext.Current.SendDiagnosticMessage("{0:F1} MiB, ledger {1:F1}", peak / 1048576.0, ledger / 1048576.0);
        Assert.InRange(peak, 0, 1.15 * ledger);

        void Take(int steps)
        {
            using var loader = new BatchLoader(index, new BatchPlan(index, 1, batchSize),
                new TrainingTransform(new AugmentationConfig(), new PreprocessConfig(), 224), tokenizer,
                config.Text.ContextLength, new BatchLoaderOptions { Workers = 2 });
            for (var step = 0; step < steps; step++)
            {
                loader.Return(loader.Next(TestContext.Current.CancellationToken));
            }
        }
    }
}
