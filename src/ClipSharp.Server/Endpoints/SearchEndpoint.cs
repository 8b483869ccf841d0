using System.Text.Json.Serialization;
using ClipSharp.Search.Collections;
using ClipSharp.Search.Queries;
using ClipSharp.Server.Limits;
using ClipSharp.Server.Requests;

namespace ClipSharp.Server.Endpoints;

/// <summary>What <c>POST /v1/search</c> is asked: a text, a query or a picture, or a picture with either, which is
/// added.</summary>
/// <param name="Text">Words, as they are.</param>
/// <param name="Query">Words with + and - and weights: dog + 2:snow - leash.</param>
/// <param name="Image">A picture as a data URL or base64.</param>
/// <param name="Top">How many; none = 10.</param>
/// <param name="MinScore">What scores less is not found.</param>
/// <param name="Filter">Conditions such as "date &gt;= 2024"; all must hold.</param>
internal sealed record SearchRequest(
    [property: JsonPropertyName("text")] string? Text = null,
    [property: JsonPropertyName("query")] string? Query = null,
    [property: JsonPropertyName("image")] PictureInput? Image = null,
    [property: JsonPropertyName("top")] int? Top = null,
    [property: JsonPropertyName("min_score")] float? MinScore = null,
    [property: JsonPropertyName("filter")] Texts? Filter = null);

/// <summary>The pictures found, best first.</summary>
internal sealed record SearchReply([property: JsonPropertyName("results")] IReadOnlyList<SearchResult> Results);

/// <summary>A picture found.</summary>
/// <param name="Key">Its path below the folder that was indexed, or its name in a shard.</param>
/// <param name="Score">Its product with the query: the cosine where that is one text or picture.</param>
/// <param name="Caption">Its caption, if it has one.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Modified">When it was last changed, UTC.</param>
/// <param name="Sha256">Of its bytes, 64 hex digits.</param>
internal sealed record SearchResult(
    [property: JsonPropertyName("key")] string Key,
    [property: JsonPropertyName("score")] float Score,
    [property: JsonPropertyName("caption")] string? Caption,
    [property: JsonPropertyName("bytes")] long Bytes,
    [property: JsonPropertyName("modified")] DateTime Modified,
    [property: JsonPropertyName("sha256")] string Sha256);

/// <summary><c>POST /v1/search</c>: pictures of the index by words, by pictures, by both.</summary>
internal static class SearchEndpoint
{
    private const int UsualTop = 10, MostFilters = 16;

    public static void Map(IEndpointRouteBuilder routes) => routes.MapPost("/v1/search", Answer)
        .WithSummary("Finds pictures of the index by words, by pictures, or by both.")
        .Accepts<SearchRequest>("application/json")
        .Produces<SearchReply>();

    private static async Task<IResult> Answer(HttpContext context, ServedModel served, RequestBody body, IndexSearch search)
    {
        var scope = RequestScope.Of(context);
        IndexSearch.RequireStore(served);
        var asked = await body.ReadAsync<SearchRequest>(context, scope).ConfigureAwait(false);
        if ((asked.Text is null ? 0 : 1) + (asked.Query is null ? 0 : 1) is var words && (words > 1
            || (words == 0 && asked.Image is null)))
        {
            throw RequestFault.Bad("body", "give text, query or image; an image is added to either.");
        }

        if (asked.MinScore is { } score && !float.IsFinite(score)) // such as 1e999
        {
            throw RequestFault.Bad("min_score", "a finite number is expected.");
        }

        var filters = asked.Filter?.Items ?? [];
        if (filters.Count > MostFilters)
        {
            throw RequestFault.TooMany("filter", filters.Count, MostFilters);
        }

        var terms = asked.Query is { } query ? Terms(query, scope.Limits)
            : asked.Text is { } text ? [new SearchTerm(1, IsPicture: false, text)]
            : [];
        var least = asked.MinScore ?? float.NegativeInfinity;
        var found = await search.FindAsync(served, terms, asked.Image, new PictureSelection(
            asked.Top ?? UsualTop, 0, least, [.. filters.Select(PictureFilter.Parse)]), scope).ConfigureAwait(false);
        return TypedResults.Json(new SearchReply([.. found.Select(Result)]), ServerJson.Default.SearchReply);
    }

    private static SearchResult Result(FoundPicture found) => new(found.Picture.Key, found.Score, found.Picture.Caption,
        found.Picture.Length, found.Picture.Modified, found.Picture.Hash);

    // A caller's words never become a file of this machine.
    private static IReadOnlyList<SearchTerm> Terms(string query, ServerLimits limits)
    {
        ItemEncoder.CheckText(query, "query", limits);
        var terms = SearchQuery.ParseWords(query).Terms;
        return terms.Count <= limits.Texts ? terms : throw RequestFault.TooMany("terms of the query", terms.Count, limits.Texts);
    }
}
