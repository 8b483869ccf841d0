using Scalar.AspNetCore;

namespace ClipSharp.Server.Endpoints;

/// <summary><c>GET /scalar</c>: the OpenAPI document as a page to read and to try. All of it comes from here; whatever of
/// Scalar's would speak to other machines is off.</summary>
internal static class ScalarPage
{
    private const string Route = "/scalar";

    public static void Map(IEndpointRouteBuilder routes) => routes.MapScalarApiReference(Route, (options, context) => options
        .WithTitle("ClipSharp")
        .WithOpenApiRoutePattern(PrefixOf(context) + "/openapi/{documentName}.json") // the page itself forgets a prefix
        .DisableDefaultFonts()
        .DisableTelemetry()
        .DisableAgent()
        .DisableMcp()
        .HideDeveloperTools()
        .HideClientButton());

    private static string PrefixOf(HttpContext context)
    {
        var path = context.Request.Path.Value ?? "";
        return path[..Math.Max(path.LastIndexOf(Route, StringComparison.Ordinal), 0)];
    }
}
