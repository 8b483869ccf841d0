using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace ClipSharp.Server.Telemetry;

/// <summary>The figures of the server, for any reader of System.Diagnostics.Metrics; names and units as OpenTelemetry has
/// them.</summary>
internal sealed class ServerMeter
{
    /// <summary>The meter's name.</summary>
    public const string Name = "ClipSharp.Server";

    private readonly Histogram<double> _duration;

    private readonly ServedModels _models;

    public ServerMeter(IMeterFactory factory, ServedModels models)
    {
        _models = models;
        Meter = factory.Create(Name);
        _duration = Meter.CreateHistogram<double>("clipsharp.request.duration", "s", "Time to an answer, by route and status.");
        Meter.CreateObservableGauge("clipsharp.requests.active", () => Each(served => served.Room.Requests), description: "Requests under way.");
        Meter.CreateObservableGauge("clipsharp.pictures.waiting", () => Each(served => served.Room.Pictures),
            description: "Pictures that wait or compute.");
        Meter.CreateObservableGauge("clipsharp.tokens.waiting", () => Each(served => served.Room.Tokens),
            description: "Tokens that wait or compute, at most.");
        Meter.CreateObservableGauge("clipsharp.ready", () => Each(served => served.IsReady ? 1 : 0),
            description: "Whether requests are answered.");
    }

    /// <summary>The meter.</summary>
    public Meter Meter { get; }

    /// <summary>A request was answered.</summary>
    public void Answered(ServedModel served, HttpContext context, int status, TimeSpan duration) =>
        _duration.Record(duration.TotalSeconds, new TagList([.. Of(served),
            new("route", (context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText ?? ""), new("status", status)]));

    private IEnumerable<Measurement<long>> Each(Func<ServedModel, long> figure) =>
        _models.All.Select(served => new Measurement<long>(figure(served), Of(served)));

    // The only model has no need of a name.
    private static KeyValuePair<string, object?>[] Of(ServedModel served) =>
        served.Name is { } name ? [new("model", name)] : [];
}
