using System.Security.Cryptography;
using Microsoft.Net.Http.Headers;

namespace ClipSharp.Server.Page;

/// <summary>The web page: plain HTML, CSS and modules of JavaScript out of the assembly, which ask nobody but the server that
/// they came from.</summary>
public static class PageRoutes
{
    private const string Folder = "page";
    private const string ContentSecurityPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; "
        + "img-src 'self' blob: data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    /// <summary>Maps the page to the root of these routes, beside those of <see cref="ServerRoutes.MapClipSharp"/>, which it
    /// calls. The page holds no secret and wants no key; it asks for one where the other routes do.</summary>
    /// <param name="app">The application, or a group of its routes.</param>
    /// <returns>These routes, for conventions of the application's own.</returns>
    public static IEndpointConventionBuilder MapClipSharpPage(this IEndpointRouteBuilder app)
    {
        ArgumentNullException.ThrowIfNull(app);
        var all = app.MapGroup("");
        all.MapGet("/", (HttpContext context) => context.Request.PathBase + context.Request.Path is { Value: [.., '/'] }
            ? Answer(context, "index.html")
            : TypedResults.LocalRedirect("~" + context.Request.Path + "/")) // the page names its parts from where it lies
            .ExcludeFromDescription();
        all.MapGet($"/{Folder}/{{file}}", (HttpContext context, string file) => Answer(context, file)).ExcludeFromDescription();
        return all;
    }

    private static IResult Answer(HttpContext context, string file)
    {
        if (TypeOf(file) is not { } type
            || typeof(PageRoutes).Assembly.GetManifestResourceStream($"{Folder}/{file}") is not { } resource)
        {
            return TypedResults.NotFound();
        }

        using (resource)
        {
            var bytes = new byte[resource.Length];
            resource.ReadExactly(bytes);
            var headers = context.Response.Headers;
            headers.ContentSecurityPolicy = ContentSecurityPolicy;
            headers.XContentTypeOptions = "nosniff";
            headers["Referrer-Policy"] = "no-referrer";
            headers.CacheControl = "no-cache"; // asked for again, and answered by 304 where it is the same
            var tag = new EntityTagHeaderValue($"\"{Convert.ToHexStringLower(SHA256.HashData(bytes)[..8])}\"");
            return TypedResults.Bytes(bytes, type, entityTag: tag);
        }
    }

    private static string? TypeOf(string file) => Path.GetExtension(file) switch
    {
        ".html" => "text/html; charset=utf-8",
        ".css" => "text/css; charset=utf-8",
        ".js" => "text/javascript; charset=utf-8",
        ".svg" => "image/svg+xml",
        _ => null,
    };
}
