using System.CommandLine;
using System.Globalization;
using System.Text.Json.Serialization;
using ClipSharp.Cli.Inputs;
using ClipSharp.Cli.Rendering;
using ClipSharp.Torch.Machine;
using ClipSharp.Training.Doctor;
using static System.FormattableString;

namespace ClipSharp.Cli.Commands.Learning;

/// <summary><c>clipsharp doctor</c>: what this machine and this installation offer; with data, whether a training run may
/// begin.</summary>
internal static class DoctorCommand
{
    private static readonly string[] RunFlags =
    [
        "--train-data", "--model", "--dataset-type", "--csv-img-key", "--csv-caption-key", "--csv-separator", "--csv-quote",
        "--image-key", "--text-key", "--json-text-key", "--json-text-key-probs", "--caption-lines",
        "--allow-missing-shards", "--index-cache", "--vocab", "--vocab-size",
        "--batch-size", "--micro-batch", "--memory-recipe", "--grad-checkpointing", "--optimizer-state", "--text-weights",
        "--cache-megabytes", "--max-pixels", "--jpeg-draft", "--skip-read-errors",
        "--shard-cache", "--shard-cache-gigabytes",
        "--epochs", "--lr", "--precision", "--device", "--workers", "--logs", "--keep",
    ];

    public static Command Create()
    {
        var system = new Option<bool>("--system")
        {
            Description = "Versions, processor, memory, devices, libraries; the default without data.",
        };
        var recipe = new Option<string>("--recipe")
        {
            Description = "A recipe file: look at the run it describes. Flags win over it.",
            HelpName = "file",
        };
        var json = SharedOptions.Json();
        var command = new Command("doctor", "Tell what this machine offers, or whether a training run may begin.") { system, json,
            recipe };
        foreach (var flag in TrainFlags.Named(RunFlags))
        {
            command.Add(flag);
        }

        command.SetAction((parsed, cancel) =>
        {
            var output = Output.Of(parsed);
            var isRun = !parsed.GetValue(system)
                && (parsed.GetValue(recipe) is not null || parsed.GetResult("--train-data") is not null);
            return Task.FromResult(isRun
                ? ExamineRun(parsed, parsed.GetValue(recipe), parsed.GetValue(json), output, cancel)
                : ShowSystem(parsed.GetValue(json), output));
        });
        return command
            .WithExample("clipsharp doctor --system")
            .WithExample("clipsharp doctor --train-data shapes/train --caption-lines --model ViT-Tiny-64 --batch-size 256 --epochs 10")
            .WithExample("clipsharp doctor --recipe recipes/flickr8k.json --json");
    }

    private static int ShowSystem(bool asJson, Output output)
    {
        var report = SystemReport.Collect();
        if (asJson)
        {
            output.Json(report, DoctorJson.Default.SystemReport);
        }
        else
        {
            output.Table([new("What"), new("Found")], Rows(report));
        }

        return report.Problem is null ? 0 : (int)ClipError.Unavailable;
    }

    private static int ExamineRun(ParseResult parsed, string? recipe, bool asJson, Output output, CancellationToken cancel)
    {
        DoctorReport report;
        using (var line = output.Live())
        {
            report = TrainingDoctor.Examine(TrainFlags.Merge(parsed, recipe, needsData: true), line.Update, cancel);
        }

        if (asJson)
        {
            output.Json(report, DoctorJson.Default.DoctorReport);
        }
        else
        {
            output.Table([new("What"), new("Found")], Rows(report));
            foreach (var finding in report.Findings)
            {
                output.Line($"{(finding.IsNo ? "no: " : "note: ")}{finding.Text}");
            }

            output.Line(report.Go ? "go" : "no go");
        }

        return report.Go ? 0 : (int)ClipError.Data;
    }

    private static IEnumerable<string[]> Rows(DoctorReport report)
    {
        var (captions, pictures, overfit, forecast) = (report.Captions, report.Pictures, report.Overfit, report.Forecast);
        yield return ["samples", Invariant($"{report.Samples:N0} usable, left out: {Counts(report.Skipped)}")];
        yield return ["captions",
            Invariant($"{captions.Count:N0}, {captions.Tokens.Least} to {captions.Tokens.Greatest} tokens, median {captions.Tokens.Median}; {captions.Cut:P1} longer than {captions.ContextLength}")];
        yield return ["equal captions",
            Invariant($"{captions.Duplicates:P1} letter for letter, {captions.NearDuplicates:P1} with the same words")];
        yield return ["pictures",
            Invariant($"{pictures.Looked:N0} decoded, broken: {Counts(pictures.Broken)}; {pictures.NearDuplicates:P1} look like another")];
        yield return ["one batch by heart",
            overfit is null
                ? "not tried"
                : Invariant($"{overfit.Pairs} pairs, each picture cut once and seen so at every step: loss {overfit.First:0.00} to {overfit.Last:0.00} in {overfit.Steps} steps (goal {overfit.Goal:0.00})")];
        yield return ["speed", Invariant($"data {forecast.DataPerSecond:N0} pairs/s, model {(forecast.ModelPerSecond is { } speed ? Invariant($"{speed:N0} pairs/s") : "not tried")}")];
        yield return ["time", Invariant($"{forecast.Steps:N0} steps: {(forecast.Seconds is { } seconds ? $"{Duration(seconds)} without evaluations" : "how long is not known")}")];
        yield return ["disk", Invariant($"{Gibibytes(forecast.CheckpointBytes)} a checkpoint, {Gibibytes(forecast.DiskBytes)} in all, {Gibibytes(forecast.FreeBytes)} free")];
        yield return ["memory of a step",
            Invariant($"predicted {Gibibytes(forecast.StepBytes)}, data and the copy for a save at most {Gibibytes(forecast.DataBytes)}, available {Gibibytes(forecast.AvailableBytes)}")];
        yield return ["memory so far", Invariant($"{Gibibytes(forecast.PeakBytes)} at most, the runtime included")];
    }

    private static string Counts(IReadOnlyDictionary<string, long> counts) =>
        counts.Count == 0 ? "none" : string.Join(", ", counts.Select(c => Invariant($"{c.Value:N0} {c.Key}")));

    private static string Duration(double seconds) => seconds switch
    {
        >= 48 * 3600 => Invariant($"{seconds / 86400:0.0} days"),
        >= 3600 => Invariant($"{seconds / 3600:0.0} hours"),
        >= 60 => Invariant($"{seconds / 60:0.0} minutes"),
        _ => Invariant($"{seconds:0} seconds"),
    };

    private static IEnumerable<string[]> Rows(SystemReport report)
    {
        yield return ["ClipSharp", report.ClipSharp];
        yield return [".NET", report.DotNet];
        yield return ["TorchSharp", report.TorchSharp];
        yield return ["libtorch", report.Problem is null ? report.LibTorch ?? "loaded, version unknown" : report.Problem];
        yield return ["system", $"{report.OperatingSystem}, {report.Architecture}"];
        yield return ["processor", report.Processor];
        yield return ["processors",
            Invariant($"{report.ProcessorsSeen} seen, {report.ProcessorsAllowed} allowed to this process")];
        yield return ["threads", Invariant($"{report.Threads} a computation, libtorch {report.LibTorchThreads?.ToString(CultureInfo.InvariantCulture) ?? "not loaded"}")];
        yield return ["instruction sets", string.Join(", ", report.InstructionSets)];
        yield return ["memory", $"{Gibibytes(report.MemoryBytes)}, {Gibibytes(report.AvailableMemoryBytes)} of it free"];
        foreach (var device in report.Devices)
        {
            yield return [$"device {device.Name}", $"{device.Model}, {Gibibytes(device.MemoryBytes)}"];
        }

        foreach (var library in report.Libraries)
        {
            yield return ["library", library];
        }

        if (report.UsesCorrectedCopy)
        {
            yield return ["", "the last is a copy of TorchSharp's library, corrected for this system's older C++ library"];
        }

        foreach (var operation in report.NativeOperations)
        {
            yield return [operation.Purpose,
                operation.IsAvailable ? "found" : "missing: a slower way is taken, or it is refused"];
        }
    }

    private static string Gibibytes(long? bytes) =>
        bytes is { } known ? ByteSize.Gibibytes(known) : "an unknown part";
}

/// <summary>How reports are printed for programs.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, Converters = [typeof(FiniteOrNull)])]
[JsonSerializable(typeof(SystemReport))]
[JsonSerializable(typeof(DoctorReport))]
internal sealed partial class DoctorJson : JsonSerializerContext;
