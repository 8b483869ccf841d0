using System.CommandLine;
using System.Globalization;
using System.Text.Json.Serialization;
using ClipSharp.Cli.Rendering;
using ClipSharp.Torch.Native;

namespace ClipSharp.Cli.Commands;

/// <summary><c>clipsharp doctor</c>: what this machine and this installation offer.</summary>
internal static class DoctorCommand
{
    public static Command Create()
    {
        var system = new Option<bool>("--system") { Description = "Versions, processor, memory, devices, libraries; the default." };
        var json = SharedOptions.Json();
        var command = new Command("doctor", "Tell what this machine offers and what is missing.") { system, json };
        command.SetAction(parsed =>
        {
            var output = Output.Of(parsed);
            var report = SystemReport.Collect();
            if (parsed.GetValue(json))
            {
                output.Json(report, DoctorJson.Default.SystemReport);
            }
            else
            {
                output.Table([new("What"), new("Found")], Rows(report));
            }

            return report.Problem is null ? 0 : (int)ClipError.Unavailable;
        });
        return command.WithExample("clipsharp doctor --system").WithExample("clipsharp doctor --system --json");
    }

    private static IEnumerable<string[]> Rows(SystemReport report)
    {
        yield return ["ClipSharp", report.ClipSharp];
        yield return [".NET", report.DotNet];
        yield return ["TorchSharp", report.TorchSharp];
        yield return ["libtorch", report.Problem is null ? report.LibTorch ?? "loaded, version unknown" : report.Problem];
        yield return ["system", $"{report.OperatingSystem}, {report.Architecture}"];
        yield return ["processor", $"{report.Processor}, {report.LogicalCores} logical cores"];
        yield return ["threads of libtorch", report.LibTorchThreads?.ToString(CultureInfo.InvariantCulture) ?? "none"];
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
            yield return [operation.Purpose, operation.IsAvailable ? "found" : "missing: a slower way is taken, or it is refused"];
        }
    }

    private static string Gibibytes(long? bytes) =>
        bytes is { } known ? string.Create(CultureInfo.InvariantCulture, $"{known / (double)(1L << 30):0.0} GiB") : "an unknown part";
}

/// <summary>How a report is printed for programs.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(SystemReport))]
internal sealed partial class DoctorJson : JsonSerializerContext;
