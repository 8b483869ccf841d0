using System.Diagnostics;
using ClipSharp.Data.Batches;
using ClipSharp.Images;
using ClipSharp.Models;
using ClipSharp.Text;
using ClipSharp.Torch;
using ClipSharp.Training.Optimization;
using ClipSharp.Training.Runs;

namespace ClipSharp.Training.Doctor;

/// <summary>How fast this machine trains a model, found in a few steps on made-up pairs: before there is any data, and within
/// seconds.</summary>
/// <param name="PairsPerSecond">Pairs a second, reading and decoding not counted.</param>
/// <param name="Precision">The number format of the towers.</param>
internal sealed record SpeedTrial(double PairsPerSecond, Precision Precision)
{
    private const int WarmUp = 2; // libtorch chooses its kernels and takes its memory
    private static readonly TimeSpan Enough = TimeSpan.FromSeconds(1.5);

    /// <summary>Takes steps of a fresh model until a second and a half are over; the middle one counts.</summary>
    /// <param name="options">Model, batch, formats.</param>
    /// <param name="vocabSize">Size of the vocabulary.</param>
    /// <param name="cancel">Stops it.</param>
    public static SpeedTrial Run(TrainOptions options, int vocabSize, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        var preset = ModelPresets.Find(options.Model);
        var config = preset with { Text = preset.Text with { VocabSize = vocabSize } };
        var precision = Precision.Of(options.Precision, options.Device);
        using var model = ClipModel.Create(config, options.PreprocessCfg, options.Seed);
        using var optimizer = new AdamW(model.NamedParameters(), TrainingSetup.Settings(options, config));
        var trainer = new Trainer(model, optimizer, new CosineSchedule(options.Lr, Warmup: 10, Steps: 1_000), precision, options);
        var batch = MadeUp(config, options.BatchSize);
        var times = new List<double>();
        var clock = Stopwatch.StartNew();
        for (var step = 0; step <= WarmUp || clock.Elapsed < Enough; step++)
        {
            cancel.ThrowIfCancellationRequested();
            var begun = clock.Elapsed;
            trainer.Step(step, batch, cancel);
            if (step >= WarmUp)
            {
                times.Add((clock.Elapsed - begun).TotalSeconds);
            }
        }

        return new SpeedTrial(options.BatchSize / times.Order().ElementAt(times.Count / 2), precision);
    }

    // What pictures show and texts say makes no difference to the time.
    private static TrainingBatch MadeUp(ModelConfig config, int size)
    {
        var pixels = new PixelBatch(size, config.Vision.ImageSize);
        for (var picture = 0; picture < size; picture++)
        {
            var values = pixels.Picture(picture);
            for (var i = 0; i < values.Length; i++)
            {
                values[i] = (byte)((picture + i) * 31L % 251);
            }
        }

        var (length, vocabulary) = (config.Text.ContextLength, config.Text.VocabSize);
        var ids = Enumerable.Range(0, ArrayLength.Of("ids of tokens", size, length)).Select(i => i * 7 % vocabulary).ToArray();
        return new TrainingBatch(0, pixels,
            new TokenBatch(ids, length, [.. Enumerable.Repeat(length - 1, size)]),
            [.. Enumerable.Range(0, size).Select(i => (long)i)], TimeSpan.Zero);
    }
}
