using Scalar.AspNetCore;

namespace ClipSharp.Server.Endpoints;

/// <summary><c>GET /scalar</c>: the OpenAPI document as a page to read and to try. All of it comes from here; whatever of Scalar's
/// would speak to other machines is off.</summary>
internal static class ScalarPage
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapScalarApiReference("/scalar", options => options
        .WithTitle("ClipSharp")
        .DisableDefaultFonts()
        .DisableTelemetry()
        .DisableAgent()
        .DisableMcp()
        .HideDeveloperTools()
        .HideClientButton());
}
