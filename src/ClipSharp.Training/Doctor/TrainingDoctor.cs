using System.Diagnostics;
using ClipSharp.Training.Memory;
using ClipSharp.Training.Runs;

namespace ClipSharp.Training.Doctor;

/// <summary>Looks at data, recipe and machine before a long run: whether it will learn, how long it takes, what stands against
/// it.</summary>
internal static class TrainingDoctor
{
    private const int TrialPairs = 64;
    private const int TrialBatches = 6;
    private const double MostCut = 0.1;
    private const double MostEmpty = 0.005;
    private const double MostDuplicates = 0.3;
    private const double MostBroken = 0.001;
    private const double FarTooManyBroken = 0.05;
    private const double MostNearPictures = 0.1;
    private const double MostWaiting = 0.2;

    /// <summary>Examines a run that has not begun. Writes nothing.</summary>
    /// <param name="options">The run's.</param>
    /// <param name="tell">Gets what is being looked at.</param>
    /// <param name="cancel">Stops it.</param>
    /// <param name="availableBytes">Memory that may be used; null = as this machine says.</param>
    /// <exception cref="ClipException">There is no usable sample, or the options do not hold.</exception>
    public static DoctorReport Examine(TrainOptions options, Action<string> tell, CancellationToken cancel,
        long? availableBytes = null)
    {
        RunChecks.Require(options with { MicroBatch = null }); // one of "auto" that does not fit is a finding
        var plan = Plan(options, availableBytes);
        tell("Reading the data");
        var trial = plan.Options with
        {
            BatchSize = Math.Min(options.BatchSize, TrialPairs),
            LabelSmoothing = 0,
            LogitScaleMax = 100,
            AvoidDuplicates = true, // equal captions cannot be told apart by anyone
            ShufflePairs = false,
            CacheMegabytes = 0,
        };
        using var setup = TrainingSetup.Create(trial, null, _ => { }, cancel);
        tell("Looking at captions");
        var captions = CaptionSurvey.Of(setup.Data, setup.Tokenizer, setup.Config.Text.ContextLength, cancel);
        tell("Looking at pictures");
        var pictures = PictureCheck.Run(setup.Data, options.Workers, setup.Pictures, cancel);
        var overfit = MemoryPlan.Of(trial, availableBytes: availableBytes).Fits ? Trial(setup, tell, cancel) : null;
        tell("Measuring the data's speed");
        var forecast = Forecast(plan, setup, overfit, DataSpeed(setup, cancel));
        return new DoctorReport
        {
            Samples = setup.Data.Count,
            Skipped = setup.Data.Skips.Counts.ToDictionary(c => c.Key.ToString(), c => c.Value),
            Captions = captions,
            Pictures = pictures,
            Overfit = overfit,
            Forecast = forecast,
            Findings = [.. Findings(plan, setup, captions, pictures, overfit, forecast)
                .OrderByDescending(finding => finding.IsNo)],
        };
    }

    // A micro-batch of "auto" that does not fit by single rows is planned by single rows: what is missing is then told beside the
    // rest.
    private static MemoryPlan Plan(TrainOptions options, long? availableBytes)
    {
        try
        {
            return MemoryPlan.Of(options, availableBytes: availableBytes);
        }
        catch (ClipException e) when (e.Kind == ClipError.Unavailable && options.MicroBatch == TrainOptions.AutoMicroBatch)
        {
            return MemoryPlan.Of(options with { MicroBatch = 1 }, availableBytes: availableBytes);
        }
    }

    private static OverfitTrial Trial(TrainingSetup setup, Action<string> tell, CancellationToken cancel)
    {
        tell("Learning one batch by heart");
        using var loader = setup.Load(0);
        return OverfitTrial.Run(setup, loader.Next(cancel), cancel);
    }

    // Pairs a second; the first batches, which wait for threads and disk to start, are left out.
    private static double DataSpeed(TrainingSetup setup, CancellationToken cancel)
    {
        using var loader = setup.Load(1000);
        loader.Return(loader.Next(cancel));
        var clock = Stopwatch.StartNew();
        for (var i = 0; i < TrialBatches; i++)
        {
            loader.Return(loader.Next(cancel));
        }

        return TrialBatches * setup.Options.BatchSize / Math.Max(1e-6, clock.Elapsed.TotalSeconds);
    }

    private static RunForecast Forecast(MemoryPlan plan, TrainingSetup setup, OverfitTrial? overfit, double dataSpeed)
    {
        var options = plan.Options;
        var stepsPerEpoch = Math.Max(1, (options.TrainNumSamples ?? setup.Data.Count) / options.BatchSize);
        var steps = stepsPerEpoch * options.Epochs;
        var modelSpeed = overfit is null ? (double?)null : overfit.Pairs / Math.Max(1e-6, overfit.SecondsAStep);
        var weights = setup.Model.NamedWeights().Sum(w => w.Value.numel() * w.Value.element_size());
        var checkpoint = weights + setup.Optimizer.State().Sum(s => s.Value.numel() * s.Value.element_size()) +
            (setup.Average?.State().Sum(s => s.Value.numel() * s.Value.element_size()) ?? 0);
        var saves = (options.Epochs / options.SaveFrequency) + (options.SaveEverySteps is { } every ? steps / every : 0) + 1;
        return new RunForecast(steps, dataSpeed, modelSpeed,
            steps * options.BatchSize / (modelSpeed is { } speed ? Math.Min(dataSpeed, speed) : null), checkpoint,
            checkpoint * ((options.Keep > 0 ? Math.Min(saves, options.Keep) + 1 : saves) + (options.BestMetric is null ? 0 : 2)),
            FreeBytes(options.Logs), PeakBytes(),
            plan.Ledger.PeakBytes, plan.Ledger.HostBytes, plan.AvailableBytes);
    }

    private static IEnumerable<Finding> Findings(
        MemoryPlan plan, TrainingSetup setup, CaptionSurvey captions, PictureCheck pictures, OverfitTrial? overfit,
        RunForecast forecast)
    {
        var options = plan.Options;
        Finding No(FormattableString text) => new(true, FormattableString.Invariant(text));
        Finding Know(FormattableString text) => new(false, FormattableString.Invariant(text));

        if (!plan.Fits)
        {
            yield return No($"a step needs {ByteSize.Gibibytes(forecast.StepBytes)}, its data and the copy for a save at most {ByteSize.InGibibytes(forecast.DataBytes):0.0}, {ByteSize.InGibibytes(forecast.AvailableBytes):0.0} are there. {plan.Advice(bytes => ByteSize.Gibibytes(bytes))}");
        }

        if (overfit is null)
        {
            yield return Know($"whether the recipe learns was not tried: not even one batch of {setup.Options.BatchSize} pairs fits into memory.");
        }
        else if (!overfit.IsFinite)
        {
            yield return No($"a loss or gradient was not finite while learning one batch. Lower --lr or set --grad-clip-norm 1.");
        }
        else if (overfit.IsOpen)
        {
            yield return Know($"{overfit.Steps} steps of one batch took all the time there was: whether the recipe learns is not known.");
        }
        else if (!overfit.Learns)
        {
            yield return No($"one batch of {overfit.Pairs} pairs was not learnt in {overfit.Steps} steps: the loss went from {overfit.First:0.00} to {overfit.Last:0.00}, not to {overfit.Goal:0.00}. Try another --lr.");
        }

        if (forecast.DiskBytes > forecast.FreeBytes)
        {
            yield return No($"checkpoints need {ByteSize.Gibibytes(forecast.DiskBytes)}, {ByteSize.InGibibytes(forecast.FreeBytes):0.0} are free in {options.Logs}. Lower --keep, or choose another --logs.");
        }
        else if (forecast.FreeBytes < 3 * forecast.CheckpointBytes)
        {
            yield return Know($"there is room for fewer than three checkpoints in {options.Logs}.");
        }

        if (pictures.BrokenShare > MostBroken)
        {
            yield return new Finding(pictures.BrokenShare > FarTooManyBroken, FormattableString.Invariant(
                $"{pictures.BrokenShare:P1} of pictures cannot be decoded. See clipsharp data inspect."));
        }

        if (setup.Data.Count < options.BatchSize)
        {
            yield return Know($"the batch of {options.BatchSize} holds some of the {setup.Data.Count} samples twice. Lower --batch-size.");
        }

        if (captions.Cut > MostCut)
        {
            yield return Know($"{captions.Cut:P0} of captions are longer than {captions.ContextLength} tokens and are cut. A longer context_length or a larger vocabulary holds more.");
        }

        if (captions.Empty > MostEmpty)
        {
            yield return Know($"{captions.Empty:P1} of captions have no text.");
        }

        if (captions.Duplicates > MostDuplicates && !options.AvoidDuplicates)
        {
            yield return Know($"{captions.Duplicates:P0} of captions repeat others: in one batch they are taken for wrong pairs. --avoid-duplicates keeps them apart.");
        }

        if (pictures.NearDuplicates > MostNearPictures)
        {
            yield return Know($"{pictures.NearDuplicates:P0} of pictures look like another one. Leave copies out, of the evaluation data above all.");
        }

        if (1 - (forecast.DataPerSecond / forecast.ModelPerSecond) is { } waiting and > MostWaiting)
        {
            yield return Know($"the model will wait for data {waiting:P0} of the time at first. More --workers, smaller pictures or --cache-megabytes help.");
        }
    }

    private static long FreeBytes(string logs)
    {
        var folder = new DirectoryInfo(Path.GetFullPath(logs));
        while (!folder.Exists && folder.Parent is not null)
        {
            folder = folder.Parent;
        }

        return new DriveInfo(folder.FullName).AvailableFreeSpace;
    }

    private static long PeakBytes()
    {
        using var process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64;
    }
}
