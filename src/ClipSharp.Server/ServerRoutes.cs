using ClipSharp.Server.Endpoints;
using ClipSharp.Server.Limits;
using ClipSharp.Server.Telemetry;

namespace ClipSharp.Server;

/// <summary>The routes of a model that <see cref="ServerServices"/> added.</summary>
public static class ServerRoutes
{
    private static readonly int[] Faults =
    [
        StatusCodes.Status400BadRequest, StatusCodes.Status401Unauthorized, StatusCodes.Status408RequestTimeout,
        StatusCodes.Status413PayloadTooLarge, StatusCodes.Status415UnsupportedMediaType,
        StatusCodes.Status429TooManyRequests, StatusCodes.Status503ServiceUnavailable, StatusCodes.Status504GatewayTimeout,
    ];

    /// <summary>Maps <c>/v1/embeddings</c>, <c>/v1/zero-shot</c>, <c>/v1/search</c>, <c>/v1/pictures</c>, <c>/v1/models</c>,
    /// clip-retrieval's <c>/knn-service</c> and <c>/indices-list</c>, <c>/health</c>, <c>/metrics</c>, <c>/openapi/v1.json</c>
    /// and its page <c>/scalar</c>. All but health want the key, where there is one.</summary>
    /// <param name="app">The application, or a group with a prefix.</param>
    /// <param name="name">The name that <see cref="ServerServices.AddClipSharp(IServiceCollection, string, Func{ServerOptions,
    /// Clip}, Action{ServerOptions})"/> gave the model; null = the one without a name.</param>
    /// <returns>All of these routes, for conventions of the application's own.</returns>
    public static IEndpointConventionBuilder MapClipSharp(this IEndpointRouteBuilder app, string? name = null)
    {
        ArgumentNullException.ThrowIfNull(app);
        var (provider, served) = (app.ServiceProvider, app.ServiceProvider.GetRequiredKeyedService<ServedModel>(name));
        provider.GetRequiredService<PrometheusText>(); // counts from the first request
        var all = app.MapGroup("");
        all.WithMetadata(new ServedName(name)).WithTags(name ?? "CLIP"); // else the document would group by our classes
        HealthEndpoints.Map(all);

        var keyed = all.MapGroup("").AddEndpointFilter(new KeyGate(served.Options.ApiKey));
        ModelsEndpoint.Map(keyed);
        KnnEndpoint.MapList(keyed);
        MetricsEndpoint.Map(keyed);
        keyed.MapOpenApi();
        ScalarPage.Map(keyed);

        var gated = keyed.MapGroup("").AddEndpointFilter(ActivatorUtilities.CreateInstance<RequestGate>(provider, served));
        gated.WithMetadata([.. Faults.Select(status => new ProducesResponseTypeMetadata(status,
            typeof(Microsoft.AspNetCore.Mvc.ProblemDetails), ["application/problem+json"]))]);
        EmbeddingsEndpoint.Map(gated);
        ZeroShotEndpoint.Map(gated);
        SearchEndpoint.Map(gated);
        PicturesEndpoint.Map(gated);
        KnnEndpoint.Map(gated);
        return all;
    }
}
