using System.Collections;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Resources;

namespace ClipSharp.Cli.Commands;

/// <summary>Traces, figures and logs of <c>serve</c> for a collector of OpenTelemetry. Where nobody names one, nothing is
/// collected and nothing leaves the machine.</summary>
internal static class ServeTelemetry
{
    /// <summary>Names the collector, as in every program that speaks OpenTelemetry; other variables of that name's
    /// family hold too.</summary>
    public const string Variable = "OTEL_EXPORTER_OTLP_ENDPOINT";

    private const string Family = "OTEL_", Timeout = "OTEL_EXPORTER_OTLP_TIMEOUT";
    private const string ShortTimeout = "2000"; // ms: a collector that is gone must not hold up the end

    /// <summary>Adds them, if they are asked for.</summary>
    /// <param name="builder">The application.</param>
    /// <param name="endpoint">The collector's address for OTLP over HTTP, or null for the variable's.</param>
    public static void AddTo(WebApplicationBuilder builder, Uri? endpoint)
    {
        if (endpoint is null && Environment.GetEnvironmentVariable(Variable) is null or "")
        {
            return;
        }

        var variables = Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
            .Where(variable => ((string)variable.Key).StartsWith(Family, StringComparison.Ordinal))
            .ToDictionary(variable => (string)variable.Key, variable => (string?)variable.Value);
        variables.TryAdd(Timeout, ShortTimeout);
        builder.Configuration.AddInMemoryCollection(variables);
        var telemetry = builder.Services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService("clipsharp"))
            .WithTracing(traces => traces.AddSource("Microsoft.AspNetCore", "ClipSharp.Server", "ClipSharp"))
            .WithMetrics(figures => figures.AddMeter("ClipSharp.Server"))
            .WithLogging();
        _ = endpoint is null ? telemetry.UseOtlpExporter() : telemetry.UseOtlpExporter(OtlpExportProtocol.HttpProtobuf, endpoint);
    }
}
