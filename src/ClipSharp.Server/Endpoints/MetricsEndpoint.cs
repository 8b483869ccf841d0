using ClipSharp.Server.Telemetry;

namespace ClipSharp.Server.Endpoints;

/// <summary><c>GET /metrics</c>, for Prometheus.</summary>
internal static class MetricsEndpoint
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/metrics", (PrometheusText figures) =>
        TypedResults.Text(figures.Write(), "text/plain; version=0.0.4"))
        .WithSummary("Figures of this server in Prometheus' text form.");
}
