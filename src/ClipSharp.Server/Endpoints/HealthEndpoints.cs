namespace ClipSharp.Server.Endpoints;

/// <summary><c>GET /health/live</c> and <c>/health/ready</c>, for whatever watches the process and sends it requests.</summary>
internal static class HealthEndpoints
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/health/live", () => TypedResults.Text("live\n")).WithSummary("Whether the process answers.");
        routes.MapGet("/health/ready", (HttpContext context, ServedModel served) =>
            served.IsReady ? TypedResults.Text("ready\n") : served.Refusal(context))
            .WithSummary("Whether requests are answered: 503 while the model loads and before the end.")
            .ProducesProblem(StatusCodes.Status503ServiceUnavailable);
    }
}
