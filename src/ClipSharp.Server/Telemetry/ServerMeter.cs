using System.Diagnostics.Metrics;
using ClipSharp.Server.Limits;

namespace ClipSharp.Server.Telemetry;

/// <summary>The figures of the server, for any reader of System.Diagnostics.Metrics; names and units as OpenTelemetry has
/// them.</summary>
internal sealed class ServerMeter
{
    /// <summary>The meter's name.</summary>
    public const string Name = "ClipSharp.Server";

    private readonly Histogram<double> _duration;

    public ServerMeter(IMeterFactory factory, Admission room, ServedModel served)
    {
        Meter = factory.Create(Name);
        _duration = Meter.CreateHistogram<double>("clipsharp.request.duration", "s", "Time to an answer, by route and status.");
        Meter.CreateObservableGauge("clipsharp.requests.active", () => room.Requests, description: "Requests under way.");
        Meter.CreateObservableGauge("clipsharp.pictures.waiting", () => room.Pictures,
            description: "Pictures that wait or compute.");
        Meter.CreateObservableGauge("clipsharp.tokens.waiting", () => room.Tokens,
            description: "Tokens that wait or compute, at most.");
        Meter.CreateObservableGauge("clipsharp.ready", () => served.IsReady ? 1 : 0,
            description: "Whether requests are answered.");
    }

    /// <summary>The meter.</summary>
    public Meter Meter { get; }

    /// <summary>A request was answered.</summary>
    public void Answered(HttpContext context, int status, TimeSpan duration) => _duration.Record(duration.TotalSeconds,
        new("route", (context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText ?? ""), new("status", status));
}
