using System.Diagnostics;
using System.Globalization;
using ClipSharp.Data;
using ClipSharp.Files;
using ClipSharp.Images;
using ClipSharp.Models;
using ClipSharp.Text;
using ClipSharp.Torch;
using ClipSharp.Training.Optimization;

namespace ClipSharp.Training.Runs;

/// <summary>What an evaluation during training gets to see.</summary>
/// <param name="Encoder">The towers as they stand, averaged where the run averages.</param>
/// <param name="Tokenizer">The run's tokenizer.</param>
/// <param name="Config">What the model is.</param>
/// <param name="Preprocess">How pictures become pixels.</param>
/// <param name="Epoch">Passes over the data done.</param>
/// <param name="Last">Whether the run is over.</param>
public sealed record TrainedModel(
    IClipEncoder Encoder, BpeTokenizer Tokenizer, ModelConfig Config, PreprocessConfig Preprocess, int Epoch, bool Last);

/// <summary>How a run ended.</summary>
/// <param name="Checkpoint">The last checkpoint, a complete model folder.</param>
/// <param name="Steps">Updates done.</param>
/// <param name="Completed">False when it was stopped early; <c>--resume latest</c> goes on.</param>
/// <param name="Training">Time spent in training, evaluations not counted.</param>
public sealed record TrainingEnd(string Checkpoint, long Steps, bool Completed, TimeSpan Training);

/// <summary>A whole run: data, tokenizer, model, steps, evaluations, checkpoints.</summary>
/// <param name="options">Everything that decides it.</param>
/// <param name="sink">Gets every event.</param>
/// <param name="evaluate">Called after each epoch; returns names and values, or none.</param>
/// <param name="time">The clock.</param>
public sealed class TrainingRun(
    TrainOptions options, Action<TrainingEvent> sink, Func<TrainedModel, IReadOnlyList<KeyValuePair<string, double>>> evaluate, TimeProvider time)
{
    private const int MostNonFinite = 20;

    /// <summary>Trains to the end, to the time limit, or until cancelled; saves in each case.</summary>
    public TrainingEnd Run(CancellationToken cancel)
    {
        options.Validated("options");
        var path = Path.Combine(options.Logs, options.Name ?? DefaultName());
        using var folder = RunFolder.Open(path, options, time);
        AtomicFolder.RemoveUnfinished(folder.Checkpoints); // what a killed process left
        void Tell(TrainingEvent happened)
        {
            folder.Log(happened.ToString()!);
            sink(happened);
        }

        var index = SampleIndex.Build(SampleSources.Open(options.TrainData!, DataOptions()), SampleNeed.Caption, cancel: cancel);
        Tell(new TrainingNote(FormattableString.Invariant($"Data: {index.Count:N0} pictures, {index.CaptionCount:N0} captions")));
        if (index.Skips.Total > 0)
        {
            Tell(new TrainingWarning($"Left out: {index.Skips}"));
        }

        var resume = Resume(folder);
        var tokenizer = Tokenizer(resume, index, cancel);
        var config = ModelOptions(tokenizer);
        var preprocess = options.PreprocessCfg with { Size = config.Vision.ImageSize };
        var precision = Precision.Parse(options.Precision);
        Tell(new TrainingNote($"Precision: {precision.Name} ({precision.Reason}), master weights fp32"));

        using var model = ClipModel.Create(config, preprocess, options.Seed);
        if (options.HalfWeights(precision) is { } type)
        {
            model.KeepMatricesAs(type, imageToo: precision.IsPure);
        }

        using var optimizer = new AdamW(model.NamedParameters(), Settings(config));
        using var average = options.EmaDecay > 0 ? new WeightAverage(model, options.EmaDecay) : null;
        var plan = new BatchPlan(index, options.Seed, options.BatchSize,
            new BatchPlanOptions
            {
                CaptionChoice = options.CaptionCfg.Choice,
                CaptionJoinProb = options.CaptionCfg.JoinProb,
                ShufflePairs = options.ShufflePairs,
                AvoidDuplicates = options.AvoidDuplicates,
            });
        var stepsPerEpoch = options.TrainNumSamples is { } samples ? Math.Max(1, samples / options.BatchSize) : plan.StepsPerEpoch;
        var steps = stepsPerEpoch * options.Epochs;
        var schedule = new CosineSchedule(options.Lr, options.Warmup ?? Math.Min(2000, steps / 20), steps);
        var trainer = new Trainer(model, optimizer, schedule, precision, options, average);
        Tell(new TrainingNote(FormattableString.Invariant(
            $"Model: {model.NamedParameters().Sum(p => p.Parameter.numel()) / 1e6:F2} M parameters, {steps:N0} steps of {options.BatchSize} pairs")));

        long step = 0;
        var before = TimeSpan.Zero;
        if (resume is not null)
        {
            var state = Matching(Checkpoint.ReadState(resume), resume, index, tokenizer);
            Checkpoint.Restore(resume, model, optimizer, average);
            (step, before) = (state.Step, TimeSpan.FromSeconds(state.Seconds));
            trainer.LossScale.Restore(state.LossScale);
            Tell(new TrainingNote(FormattableString.Invariant($"Resumed at step {step:N0} from {resume}")));
        }

        string Save()
        {
            var target = Path.Combine(folder.Checkpoints, step % stepsPerEpoch == 0
                ? FormattableString.Invariant($"epoch_{step / stepsPerEpoch}")
                : FormattableString.Invariant($"step_{step}"));
            if (!Directory.Exists(target))
            {
                Checkpoint.Write(target, model, tokenizer, optimizer, average, new TrainingState
                {
                    Step = step,
                    Data = index.Fingerprint,
                    Tokenizer = tokenizer.Fingerprint,
                    Seconds = Spent().TotalSeconds,
                    LossScale = trainer.LossScale.Value,
                    Options = options,
                });
                Tell(new CheckpointWritten(target, step));
                DropOld(folder.Checkpoints);
            }

            return target;
        }

        void Evaluate(int epoch, bool last)
        {
            using var averaged = average?.Enter();
            using var encoder = new TorchEncoder(model, precision);
            var values = evaluate(new TrainedModel(encoder, tokenizer, config, preprocess, epoch, last));
            if (values.Count > 0)
            {
                folder.Measure(step, "eval", values);
                Tell(new TrainingEvaluated(step, (double)step / stepsPerEpoch, values));
            }
        }

        var clock = new Stopwatch();
        TimeSpan Spent() => before + clock.Elapsed;
        using var loader = new BatchLoader(index, plan, new TrainingTransform(options.AugCfg, preprocess, config.Vision.ImageSize), tokenizer,
            config.Text.ContextLength, new BatchLoaderOptions
            {
                Workers = options.Workers,
                StartStep = step,
                CacheDecodedBytes = (long)options.CacheMegabytes << 20,
                Captions = new CaptionTransform(options.CaptionCfg),
            });
        var (window, waited, since, bad) = (Stopwatch.StartNew(), TimeSpan.Zero, step, 0);
        var stopped = false;
        for (; step < steps && !stopped;)
        {
            clock.Start();
            var batch = loader.Next(cancel: CancellationToken.None);
            waited += batch.Waited;
            var done = trainer.Step(step++, batch);
            clock.Stop();
            bad = done.Skipped ? bad + 1 : 0;
            if (done.Skipped)
            {
                Tell(new TrainingWarning(FormattableString.Invariant($"Step {done.Step}: loss {done.Loss}, gradient norm {done.GradientNorm}: update skipped")));
                if (bad == MostNonFinite)
                {
                    throw new ClipException(ClipError.Data, "Training broke", FormattableString.Invariant($"step {done.Step}"),
                        $"{bad} steps in a row without a finite loss", "finite losses", "Lower --lr or set --grad-clip-norm 1; the last checkpoint is whole.");
                }
            }

            var atEpoch = step % stepsPerEpoch == 0;
            stopped = step < steps && (cancel.IsCancellationRequested || Spent().TotalMinutes >= options.MaxMinutes);
            if (step % options.LogEveryNSteps == 0 || atEpoch || stopped)
            {
                var seconds = Math.Max(1e-9, window.Elapsed.TotalSeconds);
                var rate = (step - since) * options.BatchSize / seconds;
                var left = TimeSpan.FromSeconds((steps - step) * options.BatchSize / Math.Max(1e-9, rate));
                var progress = new TrainingProgress(done, steps, (double)step / stepsPerEpoch, rate, waited.TotalSeconds / seconds, left);
                sink(progress);
                folder.Measure(step, "train",
                [
                    new("epoch", progress.Epoch), new("loss", done.Loss), new("lr", done.Rate), new("logit_scale", done.LogitScale),
                    new("gradient_norm", done.GradientNorm), new("samples_per_second", rate), new("data_share", progress.DataShare),
                ]);
                (waited, since) = (TimeSpan.Zero, step);
                window.Restart();
            }

            if (atEpoch)
            {
                var epoch = (int)(step / stepsPerEpoch);
                if (epoch % options.SaveFrequency == 0 && step < steps)
                {
                    Save();
                }

                Evaluate(epoch, last: step == steps);
                window.Restart();
            }
        }

        var saved = Save();
        if (loader.Skips.Total > 0)
        {
            Tell(new TrainingWarning($"Pictures that could not be read: {loader.Skips}"));
        }

        return new TrainingEnd(saved, step, step == steps, Spent());
    }

    private DataOptions DataOptions() => new()
    {
        DatasetType = options.DatasetType,
        CsvImgKey = options.CsvImgKey,
        CsvCaptionKey = options.CsvCaptionKey,
        CsvSeparator = options.CsvSeparator,
    };

    private string DefaultName() => string.Create(CultureInfo.InvariantCulture,
        $"{time.GetLocalNow():yyyy_MM_dd-HH_mm_ss}-model_{Path.GetFileNameWithoutExtension(options.Model)}-lr_{options.Lr}-b_{options.BatchSize}-j_{options.Workers}-p_{options.Precision}");

    private string? Resume(RunFolder folder) => options.Resume switch
    {
        null => Directory.Exists(folder.Checkpoints) && Checkpoint.Latest(folder.Checkpoints) is { } old
            ? throw new ClipException(ClipError.CannotCreate, "The run exists", folder.Root, $"the checkpoint {Path.GetFileName(old)}", "a new run",
                "Choose another --name, or go on with --resume latest.")
            : null,
        "latest" => Checkpoint.Latest(folder.Checkpoints),
        var named => named,
    };

    private BpeTokenizer Tokenizer(string? resume, SampleIndex index, CancellationToken cancel)
    {
        if (resume is not null)
        {
            return BpeTokenizer.Load(resume);
        }

        if (options.Vocab is not null)
        {
            return BpeTokenizer.Load(options.Vocab);
        }

        var captions = Enumerable.Range(0, index.Count).SelectMany(i => index.Captions(i).ToArray());
        return TokenizerTrainer.Train(captions, options.VocabSize ?? ModelPresets.Find(options.Model).Text.VocabSize, cancel: cancel);
    }

    private ModelConfig ModelOptions(BpeTokenizer tokenizer)
    {
        var config = ModelPresets.Find(options.Model);
        return (config with
        {
            Text = config.Text with { VocabSize = tokenizer.VocabularySize },
            Vision = config.Vision with { ImageSize = options.ForceImageSize ?? config.Vision.ImageSize },
        }).Validated(options.Model);
    }

    private AdamWOptions Settings(ModelConfig config) => new(
        options.Beta1, options.Beta2 ?? (config.Vision.IsResNet ? 0.999 : 0.98), options.Eps ?? (config.Vision.IsResNet ? 1e-8 : 1e-6), options.Wd,
        options.OptimizerState, options.Seed);

    private static TrainingState Matching(TrainingState state, string where, SampleIndex index, BpeTokenizer tokenizer)
    {
        if (state.Data != index.Fingerprint || state.Tokenizer != tokenizer.Fingerprint)
        {
            throw new ClipException(ClipError.Config, "The checkpoint belongs to other data", where, $"data {state.Data[..12]}",
                $"data {index.Fingerprint[..12]}", "Resume with the data the run began with.");
        }

        return state;
    }

    private void DropOld(string checkpoints)
    {
        if (options.Keep <= 0)
        {
            return;
        }

        foreach (var old in Directory.EnumerateDirectories(checkpoints).Where(d => !d.EndsWith(".tmp", StringComparison.Ordinal))
                     .OrderByDescending(d => Checkpoint.ReadState(d).Step).Skip(options.Keep))
        {
            Directory.Delete(old, recursive: true);
        }
    }
}
