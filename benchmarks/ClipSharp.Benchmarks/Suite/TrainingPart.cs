using ClipSharp.Data.Batches;
using ClipSharp.Images;
using ClipSharp.Models;
using ClipSharp.Text;
using ClipSharp.Torch;
using ClipSharp.Training;
using ClipSharp.Training.Optimization;
using AdamW = ClipSharp.Training.Optimization.AdamW;

namespace ClipSharp.Benchmarks.Suite;

/// <summary>Steps of training, ours and those of the same model written with TorchSharp's own modules and optimizer. Its bf16 has
/// bf16 weights throughout; ours keeps float32 masters, residuals and optimizer state.</summary>
internal static class TrainingPart
{
    public const string Name = "training";

    private const int Passes = 3; // forward once, back twice

    private static readonly (string Preset, int Batch)[] Models = [("ViT-B-32", 64), ("RN-Tiny-64", 128)];

    public static void Run(SuiteRun run)
    {
        foreach (var (preset, full) in Models)
        {
            var (config, batch) = (ModelPresets.Find(preset), run.IsQuick ? 4 : full);
            var (pixels, tokens) = RandomInputs.Of(config, batch);
            foreach (var format in run.Formats)
            {
                using var model = ClipModel.Create(config);
                using var floor = new ProductFloor(format);
                var turns = Turns.Of(run.Rounds, 1, [Ours(model, format, pixels, tokens),
                    PlainWork.Training(config, format, pixels, tokens), .. floor.Sides]);
                var row = SuiteRow.Of(turns, Name, $"{preset}, {batch} pairs, {format}", (0, "ClipSharp"), (1, "plain TorchSharp"),
                    "pairs/s", batch);
                run.Add(floor.Share(row, row.Value * 2 * ModelCost.Of(config).PairMultiplyAdds * Passes, turns, 2));
            }
        }
    }

    private static Action Ours(ClipModel model, string format, PixelBatch pixels, TokenBatch tokens)
    {
        var optimizer = new AdamW(model.NamedParameters(), new AdamWOptions());
        var trainer = new Trainer(model, optimizer, new CosineSchedule(1e-4, 0, 1000), Precision.Parse(format), new TrainOptions());
        var batch = new TrainingBatch(0, pixels, tokens, new long[pixels.Count], TimeSpan.Zero);
        var step = 0;
        return () => trainer.Step(step++, batch);
    }
}
