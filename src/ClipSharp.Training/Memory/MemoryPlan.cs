using ClipSharp.Data.Batches;
using ClipSharp.Models;
using ClipSharp.Torch;
using ClipSharp.Torch.Machine;

namespace ClipSharp.Training.Memory;

/// <summary>What a change of options would do.</summary>
/// <param name="Switch">The flags.</param>
/// <param name="PeakBytes">The predicted peak with them.</param>
/// <param name="SavedBytes">How much less that is.</param>
public sealed record MemorySaving(string Switch, long PeakBytes, long SavedBytes);

/// <summary>A run's ledger beside the memory that this machine has. The training data are not read: the vocabulary is the one
/// asked for.</summary>
/// <param name="Options">The run's, with a precision and a micro-batch of "auto" decided.</param>
/// <param name="Ledger">What it takes.</param>
/// <param name="AvailableBytes">What may be used: on the CPU what is free now, within the process' limit; else the device's
/// memory.</param>
/// <param name="Savings">What other options would save, the largest first.</param>
public sealed record MemoryPlan(TrainOptions Options, MemoryLedger Ledger, long AvailableBytes,
    IReadOnlyList<MemorySaving> Savings)
{
    private const double Share = 0.8; // of the available memory: the rest is for libtorch, evaluations and whoever else is there
    private const long SmallBatch = 100 << 20;

    /// <summary>Whether peak and data fit.</summary>
    public bool Fits => NeededBytes <= AvailableBytes;

    /// <summary>What a process sends in a step; null where it is alone.</summary>
    public StepTraffic? Traffic { get; init; }

    private int VocabSize { get; init; }

    private long NeededBytes => Needed(Options, Ledger);

    /// <summary>The plan of a run.</summary>
    /// <param name="options">The run's; validated.</param>
    /// <param name="checkpoint">The checkpoint whose model it is, or null: the one that the options name.</param>
    /// <param name="availableBytes">What may be used; null = as this machine says.</param>
    /// <param name="processes">How many share the batch: the plan is that of each.</param>
    /// <param name="processesHere">How many of them share the memory of this machine.</param>
    /// <exception cref="ClipException">A micro-batch of "auto" and not even one row fits; or there is no such
    /// device.</exception>
    public static MemoryPlan Of(TrainOptions options, string? checkpoint = null, long? availableBytes = null, int processes = 1,
        int processesHere = 1)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.Precision == NumberFormat.Auto)
        {
            options = options with { Precision = Precision.Of(NumberFormat.Auto, options.Device).Format };
        }

        var config = (checkpoint ?? options.Pretrained) is { } path
            ? ModelFiles.Open(path).Config
            : ModelPresets.Find(options.Model);
        config = (config with
        {
            Text = config.Text with { VocabSize = options.VocabSize ?? config.Text.VocabSize },
            Vision = config.Vision with { ImageSize = options.ForceImageSize ?? config.Vision.ImageSize },
        }).Validated(options.ModelSource);
        var available = availableBytes ?? (Available(options.Device) / (options.Device.IsCpu ? processesHere : 1));
        if (options.MicroBatch == TrainOptions.AutoMicroBatch)
        {
            options = options with { MicroBatch = LargestMicroBatch(config, options, available, processes) };
        }

        var ledger = MemoryLedger.Of(config, options, processes);
        var savings = Switches(options, processes)
            .Select(s => (s.Switch, Peak: MemoryLedger.Of(config, s.Options, processes).PeakBytes))
            .Select(s => new MemorySaving(s.Switch, s.Peak, ledger.PeakBytes - s.Peak))
            .OrderByDescending(s => s.SavedBytes);
        return new MemoryPlan(options, ledger, available, [.. savings])
        {
            VocabSize = config.Text.VocabSize,
            Traffic = processes == 1 ? null : StepTraffic.Of(config, options, processes),
        };
    }

    /// <summary>The plan in a few lines.</summary>
    public IEnumerable<string> Summary()
    {
        yield return FormattableString.Invariant(
            $"Memory: {Ledger.BytesPerParameter:F1} bytes a parameter, {Ledger.Parameters / 1e6:F1} M parameters with a vocabulary of {VocabSize:N0}, at most {Rows()} rows of activations");
        yield return FormattableString.Invariant(
            $"Memory: predicted peak {Gibibytes(Ledger.PeakBytes)} ({Ledger.PeakPhase}), {Data()}, copy for a save {Gibibytes(Ledger.SaveBytes)}, available {Gibibytes(AvailableBytes)}");
        if (Traffic is { } traffic)
        {
            yield return traffic.ToString();
        }

        if (!Fits)
        {
            yield return $"Memory: more than there is. {Advice(Gibibytes)}";
        }
    }

    /// <summary>What to do where it does not fit, a sentence or two.</summary>
    /// <param name="spell">A number of bytes in words.</param>
    internal string Advice(Func<long, string> spell) => Savings is [{ SavedBytes: > 0 } best, ..]
        ? $"clipsharp train --plan shows what each switch would save; {best.Switch} saves {spell(best.SavedBytes)}."
        : "No switch saves more; a smaller --model, --batch-size or --cache-megabytes does.";

    // The batch in use, those made ahead of it, and pictures that stay decoded.
    private string Data()
    {
        var batches = BatchLoader.BatchesAhead(Options.BatchSize) + 1;
        var decoded = (long)Options.CacheMegabytes << 20;
        var batch = (Ledger.DataBytes - decoded) / batches;
        var size = batch < SmallBatch ? ByteSize.Mebibytes(batch) : Gibibytes(batch); // not "0.00 GiB"
        return FormattableString.Invariant($"data at most {Gibibytes(Ledger.DataBytes)} ({batches} batches of {size}")
            + (decoded > 0 ? $", decoded pictures {Gibibytes(decoded)})" : ")");
    }

    private static string Gibibytes(long bytes) => ByteSize.Gibibytes(bytes, decimals: 2);

    private static long Needed(TrainOptions options, MemoryLedger ledger) =>
        ledger.PeakBytes + (options.Device.IsCpu ? ledger.HostBytes : 0);

    private static int? LargestMicroBatch(ModelConfig config, TrainOptions options, long available, int processes)
    {
        var least = long.MaxValue;
        bool Holds(int? rows)
        {
            var with = options with { MicroBatch = rows };
            least = Needed(with, MemoryLedger.Of(config, with, processes));
            return least <= Share * available;
        }

        if (Holds(null))
        {
            return null;
        }

        for (var rows = 1 << int.Log2(Math.Max(2, options.BatchSize / processes) - 1); rows >= 1; rows /= 2)
        {
            if (Holds(rows))
            {
                return rows;
            }
        }

        throw new ClipException(ClipError.Unavailable, "A step does not fit into memory", "--micro-batch auto",
            $"{Gibibytes(least)} with one row at a time", $"at most 80 % of the {Gibibytes(available)} that are available",
            "Choose a smaller --model or --cache-megabytes, or --memory-recipe paper.");
    }

    private static IEnumerable<(string Switch, TrainOptions Options)> Switches(TrainOptions options, int processes)
    {
        if (processes > 1 && !options.ShardOptimizer)
        {
            yield return ("--shard-optimizer", options with { ShardOptimizer = true });
        }

        var micro = 1 << int.Log2(Math.Max(1, options.BatchSize / processes / 8));
        if (micro < (options.MicroBatch ?? options.BatchSize))
        {
            yield return (FormattableString.Invariant($"--micro-batch {micro}"), options with { MicroBatch = micro });
        }

        if (!options.GradCheckpointing)
        {
            yield return ("--grad-checkpointing", options with { GradCheckpointing = true });
        }

        if (options.OptimizerState == OptimizerState.Fp32)
        {
            yield return ("--optimizer-state fp16", options with { OptimizerState = OptimizerState.Fp16 });
        }

        var (format, flag) = options.Precision switch
        {
            NumberFormat.Fp32 => (NumberFormat.Bf16, "--precision bf16 "),
            var half => (half, string.Empty),
        };
        if (flag.Length > 0)
        {
            yield return (flag.Trim(), options with { Precision = format });
        }

        var text = PaperRecipe.HalfTextWeights(format);
        if (options.TextWeights == TextWeights.Fp32 && format != NumberFormat.PureBf16)
        {
            yield return ($"{flag}--text-weights {TrainJson.Spell(text)}",
                options with { Precision = format, TextWeights = text });
        }

        var paper = options with
        {
            GradCheckpointing = true,
            OptimizerState = OptimizerState.Fp16,
            Precision = format,
            TextWeights = text,
        };
        if (paper != options)
        {
            yield return ($"{flag}--memory-recipe paper", paper);
        }
    }

    private static long Available(TorchDevice device)
    {
        device.Open(); // refused where it is not there: another's memory would be a guess
        var report = SystemReport.Collect();
        return device.IsCpu
            ? Math.Min(report.MemoryBytes, report.AvailableMemoryBytes ?? long.MaxValue)
            : report.Devices.Single(d => d.Name == device.ToString()).MemoryBytes ?? report.MemoryBytes;
    }

    private int Rows() => Math.Min(Options.MicroBatch ?? int.MaxValue, Options.BatchSize / (Traffic?.Processes ?? 1));
}
