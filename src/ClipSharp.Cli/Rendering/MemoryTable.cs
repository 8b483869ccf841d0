using System.Globalization;
using System.Text.Json.Serialization;
using ClipSharp.Training.Memory;

namespace ClipSharp.Cli.Rendering;

/// <summary>A run's memory for people, a table of towers and kinds, or for programs.</summary>
internal static class MemoryTable
{
    /// <summary>Writes the plan.</summary>
    public static void Write(MemoryPlan plan, Output output, bool asJson)
    {
        if (asJson)
        {
            var ledger = plan.Ledger;
            output.Json(
                new MemoryReport(ledger.Entries, ledger.PeakBytes, ledger.PeakPhase, ledger.DataBytes, ledger.SaveBytes,
                    plan.AvailableBytes, plan.Fits,
                    ledger.Parameters, ledger.BytesPerParameter, plan.Options.MicroBatch, plan.Savings),
                MemoryJson.Default.MemoryReport);
            return;
        }

        var kinds = plan.Ledger.Entries.Select(entry => entry.Kind).Distinct().ToList();
        output.Table(
            [new("Memory, MiB"), new("image tower", IsNumber: true), new("text tower", IsNumber: true),
                new("both", IsNumber: true)],
            kinds.Select(kind => (string[])[kind,
                .. new[] { "image", "text", "both" }.Select(tower => Cell(plan.Ledger, tower, kind))]));
        foreach (var line in plan.Summary())
        {
            output.Line(line);
        }

        output.Table(
            [new("With"), new("peak, MiB", IsNumber: true), new("saves, MiB", IsNumber: true)],
            plan.Savings.Select(saving => (string[])[saving.Switch, Mebibytes(saving.PeakBytes), Mebibytes(saving.SavedBytes)]));
    }

    private static string Cell(MemoryLedger ledger, string tower, string kind) =>
        ledger.Entries.FirstOrDefault(entry => entry.Tower == tower && entry.Kind == kind) is { } entry
            ? Mebibytes(entry.Bytes)
            : "";

    private static string Mebibytes(long bytes) => (bytes / (double)(1L << 20)).ToString("N1", CultureInfo.InvariantCulture);
}

/// <summary>A plan for programs.</summary>
internal sealed record MemoryReport(
    IReadOnlyList<MemoryEntry> Entries, long PeakBytes, string PeakPhase, long DataBytes, long SaveBytes, long AvailableBytes,
    bool Fits, long Parameters,
    double BytesPerParameter, int? MicroBatch, IReadOnlyList<MemorySaving> Savings);

/// <summary>How it is printed.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(MemoryReport))]
internal sealed partial class MemoryJson : JsonSerializerContext;
