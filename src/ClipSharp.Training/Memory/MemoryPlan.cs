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
/// <param name="Options">The run's, with a micro-batch of "auto" made a number.</param>
/// <param name="Ledger">What it takes.</param>
/// <param name="AvailableBytes">What may be used: on the CPU what is free now, within the process' limit; else the device's
/// memory.</param>
/// <param name="Savings">What other options would save, the largest first.</param>
public sealed record MemoryPlan(TrainOptions Options, MemoryLedger Ledger, long AvailableBytes,
    IReadOnlyList<MemorySaving> Savings)
{
    private const double Share = 0.8; // of the available memory: the rest is for libtorch, evaluations and whoever else is there

    /// <summary>Whether peak and data fit.</summary>
    public bool Fits => NeededBytes <= AvailableBytes;

    private int VocabSize { get; init; }

    private long NeededBytes => Needed(Options, Ledger);

    /// <summary>The plan of a run.</summary>
    /// <param name="options">The run's; validated.</param>
    /// <param name="before">The options of the run that is resumed: it keeps its micro-batch.</param>
    /// <param name="availableBytes">What may be used; null = as this machine says.</param>
    /// <exception cref="ClipException">A micro-batch of "auto" and not even one row fits.</exception>
    public static MemoryPlan Of(TrainOptions options, TrainOptions? before = null, long? availableBytes = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        var config = options.Pretrained is { } path ? ModelFiles.Open(path).Config : ModelPresets.Find(options.Model);
        config = config with
        {
            Text = config.Text with { VocabSize = options.VocabSize ?? config.Text.VocabSize },
            Vision = config.Vision with { ImageSize = options.ForceImageSize ?? config.Vision.ImageSize },
        };
        var precision = Precision.Parse(options.Precision).Name;
        var available = availableBytes ?? Available(options.Device);
        var planned = options.MicroBatch == TrainOptions.AutoMicroBatch
            ? options with
            {
                MicroBatch = before is null
                ? LargestMicroBatch(config, options with { Precision = precision }, available) : before.MicroBatch
            }
            : options;
        var exact = planned with { Precision = precision };
        var ledger = MemoryLedger.Of(config, exact);
        var savings = Switches(exact)
            .Select(s => (s.Switch, Peak: MemoryLedger.Of(config, s.Options).PeakBytes))
            .Select(s => new MemorySaving(s.Switch, s.Peak, ledger.PeakBytes - s.Peak))
            .OrderByDescending(s => s.SavedBytes);
        return new MemoryPlan(planned, ledger, available, [.. savings]) { VocabSize = config.Text.VocabSize };
    }

    /// <summary>The plan in a few lines.</summary>
    public IEnumerable<string> Summary()
    {
        yield return FormattableString.Invariant(
            $"Memory: {Ledger.BytesPerParameter:F1} bytes a parameter, {Ledger.Parameters / 1e6:F1} M parameters with a vocabulary of {VocabSize:N0}, at most {Rows()} rows of activations");
        yield return FormattableString.Invariant(
            $"Memory: predicted peak {Gibibytes(Ledger.PeakBytes)} ({Ledger.PeakPhase}), {Data()}, available {Gibibytes(AvailableBytes)}");
        if (!Fits)
        {
            yield return $"Memory: more than there is. clipsharp train --plan shows what each switch would save; {Savings[0].Switch} saves {Gibibytes(Savings[0].SavedBytes)}";
        }
    }

    // The batch in use, those made ahead of it, and pictures that stay decoded.
    private string Data()
    {
        var batches = BatchLoader.BatchesAhead(Options.BatchSize) + 1;
        var decoded = (long)Options.CacheMegabytes << 20;
        return FormattableString.Invariant(
            $"data at most {Gibibytes(Ledger.DataBytes)} ({batches} batches of {Gibibytes((Ledger.DataBytes - decoded) / batches)}")
            + (decoded > 0 ? $", decoded pictures {Gibibytes(decoded)})" : ")");
    }

    private static string Gibibytes(long bytes) => FormattableString.Invariant($"{bytes / (double)(1L << 30):F2} GiB");

    // Batches and decoded pictures wait in the machine's memory, which is not the device's.
    private static long Needed(TrainOptions options, MemoryLedger ledger) =>
        ledger.PeakBytes + (options.Device == "cpu" ? ledger.DataBytes : 0);

    private static int? LargestMicroBatch(ModelConfig config, TrainOptions options, long available)
    {
        var least = long.MaxValue;
        bool Holds(int? rows)
        {
            var with = options with { MicroBatch = rows };
            least = Needed(with, MemoryLedger.Of(config, with));
            return least <= Share * available;
        }

        if (Holds(null))
        {
            return null;
        }

        for (var rows = 1 << int.Log2(options.BatchSize - 1); rows >= 1; rows /= 2)
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

    private static IEnumerable<(string Switch, TrainOptions Options)> Switches(TrainOptions options)
    {
        var micro = 1 << int.Log2(Math.Max(1, options.BatchSize / 8));
        if (micro < (options.MicroBatch ?? options.BatchSize))
        {
            yield return (FormattableString.Invariant($"--micro-batch {micro}"), options with { MicroBatch = micro });
        }

        if (!options.GradCheckpointing)
        {
            yield return ("--grad-checkpointing", options with { GradCheckpointing = true });
        }

        if (options.OptimizerState == "fp32")
        {
            yield return ("--optimizer-state fp16", options with { OptimizerState = "fp16" });
        }

        var (format, flag) = options.Precision switch
        {
            "fp32" => ("bf16", "--precision bf16 "),
            var half => (half, string.Empty),
        };
        if (flag.Length > 0)
        {
            yield return (flag.Trim(), options with { Precision = format });
        }

        var text = format == "fp16" ? "fp16-sr" : "bf16-sr";
        if (options.TextWeights == "fp32" && format != "pure_bf16")
        {
            yield return ($"{flag}--text-weights {text}", options with { Precision = format, TextWeights = text });
        }

        var paper = options with { GradCheckpointing = true, OptimizerState = "fp16", Precision = format, TextWeights = text };
        if (paper != options)
        {
            yield return ($"{flag}--memory-recipe paper", paper);
        }
    }

    private static long Available(string device)
    {
        var report = SystemReport.Collect();
        return device == "cpu"
            ? Math.Min(report.MemoryBytes, report.AvailableMemoryBytes ?? long.MaxValue)
            : report.Devices.FirstOrDefault(d => d.Name == device)?.MemoryBytes ?? report.MemoryBytes;
    }

    private int Rows() => Math.Min(Options.MicroBatch ?? Options.BatchSize, Options.BatchSize);
}
