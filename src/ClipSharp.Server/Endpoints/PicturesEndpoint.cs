using System.Text.Json.Serialization;
using ClipSharp.Search.Collections;
using ClipSharp.Server.Limits;
using ClipSharp.Server.Requests;

namespace ClipSharp.Server.Endpoints;

/// <summary>A picture of the index with its vector.</summary>
/// <param name="Picture">What is known of it.</param>
/// <param name="Vector">E numbers of unit length, base64 of float32, little-endian.</param>
internal sealed record PictureReply(
    [property: JsonPropertyName("picture")] SearchResult Picture,
    [property: JsonPropertyName("vector")] EmbeddingVector Vector);

/// <summary>The pictures of the index: their list, one with its vector, one to look at.</summary>
internal static class PicturesEndpoint
{
    private const int UsualTop = 100, UsualSide = 256, LongestSide = 2048;
    private const int SmallSide = 96; // of so few pixels each counts
    private const string Forever = "private, max-age=31536000, immutable"; // the hash stands in the address

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/pictures", List)
            .WithSummary("The pictures of the index in the order in which they were indexed, page by page.")
            .Produces<SearchReply>();
        routes.MapGet("/v1/pictures/{id:long}", One)
            .WithSummary("A picture of the index with its vector.")
            .Produces<PictureReply>();
        routes.MapGet("/v1/pictures/{id:long}/image", Image)
            .WithSummary("A picture of the index to look at, its longer side at most side pixels.")
            .Produces(StatusCodes.Status200OK, contentType: "image/jpeg", additionalContentTypes: "image/png");
    }

    private static async Task<IResult> List(HttpContext context, ServedModel served, IndexSearch search, int? top, int? skip,
        string[] filter)
    {
        var scope = RequestScope.Of(context);
        var store = IndexSearch.RequireStore(served);
        var wanted = new PictureSelection(top ?? UsualTop, skip ?? 0, Filters: SearchEndpoint.Filters(filter));
        IndexSearch.Check(wanted, scope.Limits);
        var found = await search.ReadAsync(() => store.ListAsync(wanted, scope.Cancel)).ConfigureAwait(false);
        return TypedResults.Json(new SearchReply([.. found.Select(SearchResult.Of)]), ServerJson.Default.SearchReply);
    }

    private static async Task<IResult> One(HttpContext context, ServedModel served, IndexSearch search, long id)
    {
        var scope = RequestScope.Of(context);
        var store = IndexSearch.RequireStore(served);
        var picture = await FindAsync(store, search, id, scope).ConfigureAwait(false);
        var vector = await search.ReadAsync(() => store.VectorAsync(id, scope.Cancel)).ConfigureAwait(false) ?? throw Unknown();
        return TypedResults.Json(new PictureReply(SearchResult.Of(new FoundPicture(picture, 1) { Id = id }),
            new EmbeddingVector(vector.Row(0).ToArray(), IsBase64: true)), ServerJson.Default.PictureReply);
    }

    private static async Task<IResult> Image(HttpContext context, ServedModel served, IndexSearch search, long id, int? side)
    {
        var scope = RequestScope.Of(context);
        if (side is < 1 or > LongestSide)
        {
            throw RequestFault.Bad("side", FormattableString.Invariant($"found {side}; 1 to {LongestSide} is expected."));
        }

        var picture = await FindAsync(IndexSearch.RequireStore(served), search, id, scope).ConfigureAwait(false);
        scope.Place.Add(1, 0);
        try
        {
            // Decoded and written anew: what a browser gets is surely a picture.
            var image = await Task.Run(() => StoredPicture.Thumbnail(picture, side ?? UsualSide, served.Clip.Pictures.Limits),
                scope.Cancel).ConfigureAwait(false);
            var isSmall = Math.Max(image.Width, image.Height) <= SmallSide;
            if (context.Request.Query.ContainsKey("v"))
            {
                context.Response.Headers.CacheControl = Forever;
            }

            return isSmall ? TypedResults.Bytes(image.ToPng(), "image/png") : TypedResults.Bytes(image.ToJpeg(), "image/jpeg");
        }
        catch (ClipException)
        {
            throw new RequestFault(StatusCodes.Status404NotFound, // its words name a path
                "The picture is gone, changed since it was indexed, or too large to be shown.");
        }
    }

    private static async Task<IndexedPicture> FindAsync(IPictureStore store, IndexSearch search, long id, RequestScope scope) =>
        await search.ReadAsync(() => store.FindAsync(id, scope.Cancel)).ConfigureAwait(false) ?? throw Unknown();

    private static RequestFault Unknown() =>
        new(StatusCodes.Status404NotFound, "The index has no picture of this id.");
}
