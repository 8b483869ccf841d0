using System.Text.Json.Serialization;
using ClipSharp.Search.Collections;
using ClipSharp.Search.Queries;
using ClipSharp.Server.Limits;
using ClipSharp.Server.Requests;

namespace ClipSharp.Server.Endpoints;

/// <summary>What <c>POST /v1/search</c> is asked: a text, a query, a picture, a picture of the index or a vector; a picture with
/// a text or a query is added.</summary>
/// <param name="Text">Words, as they are.</param>
/// <param name="Query">Words with + and - and weights: dog + 2:snow - leash.</param>
/// <param name="Image">A picture as a data URL or base64.</param>
/// <param name="SimilarTo">The id of a picture of the index.</param>
/// <param name="Vector">E numbers, such as a weighted sum of those of /v1/embeddings.</param>
/// <param name="Top">How many; none = 10.</param>
/// <param name="Skip">How many of the best are passed over: the pages before.</param>
/// <param name="MinScore">What scores less is not found.</param>
/// <param name="Filter">Conditions such as "date &gt;= 2024"; all must hold.</param>
internal sealed record SearchRequest(
    [property: JsonPropertyName("text")] string? Text = null,
    [property: JsonPropertyName("query")] string? Query = null,
    [property: JsonPropertyName("image")] PictureInput? Image = null,
    [property: JsonPropertyName("similar_to")] long? SimilarTo = null,
    [property: JsonPropertyName("vector")] EmbeddingVector? Vector = null,
    [property: JsonPropertyName("top")] int? Top = null,
    [property: JsonPropertyName("skip")] int? Skip = null,
    [property: JsonPropertyName("min_score")] float? MinScore = null,
    [property: JsonPropertyName("filter")] Texts? Filter = null);

/// <summary>The pictures found, best first.</summary>
internal sealed record SearchReply([property: JsonPropertyName("results")] IReadOnlyList<SearchResult> Results);

/// <summary>A picture found.</summary>
/// <param name="Id">Its short name, for as long as the server runs.</param>
/// <param name="Key">Its path below the folder that was indexed, or its name in a shard.</param>
/// <param name="Score">Its product with the query: the cosine where that is one text or picture.</param>
/// <param name="Caption">Its caption, if it has one.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Modified">When it was last changed, UTC.</param>
/// <param name="Sha256">Of its bytes, 64 hex digits.</param>
internal sealed record SearchResult(
    [property: JsonPropertyName("id")] long Id,
    [property: JsonPropertyName("key")] string Key,
    [property: JsonPropertyName("score")] float Score,
    [property: JsonPropertyName("caption")] string? Caption,
    [property: JsonPropertyName("bytes")] long Bytes,
    [property: JsonPropertyName("modified")] DateTime Modified,
    [property: JsonPropertyName("sha256")] string Sha256)
{
    public static SearchResult Of(FoundPicture found) => new(found.Id, found.Picture.Key, found.Score, found.Picture.Caption,
        found.Picture.Length, found.Picture.Modified, found.Picture.Hash);
}

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
        var store = IndexSearch.RequireStore(served);
        var asked = await body.ReadAsync<SearchRequest>(context, scope).ConfigureAwait(false);
        object?[] alone = [asked.Text, asked.Query, asked.SimilarTo, asked.Vector];
        var given = alone.Count(member => member is not null);
        var isImageFit = asked.Image is null ? given > 0 : asked.SimilarTo is null && asked.Vector is null;
        if (given > 1 || !isImageFit)
        {
            throw RequestFault.Bad("body", "give text, query, image, similar_to or vector; an image is added to text or query.");
        }

        if (asked.MinScore is { } score && !float.IsFinite(score)) // such as 1e999
        {
            throw RequestFault.Bad("min_score", "a finite number is expected.");
        }

        var wanted = new PictureSelection(asked.Top ?? UsualTop, asked.Skip ?? 0, asked.MinScore ?? float.NegativeInfinity,
            Filters(asked.Filter?.Items ?? []));
        IndexSearch.Check(wanted, scope.Limits);
        var query = asked.Vector?.Values
            ?? (asked.SimilarTo is { } id ? await VectorAsync(store, id, search, scope).ConfigureAwait(false)
                : await IndexSearch.SumAsync(served, Terms(asked, scope.Limits), asked.Image, scope).ConfigureAwait(false));
        var found = await search.FindAsync(store, query, wanted, scope).ConfigureAwait(false);
        return TypedResults.Json(new SearchReply([.. found.Select(SearchResult.Of)]), ServerJson.Default.SearchReply);
    }

    /// <summary>The conditions of a request.</summary>
    internal static IReadOnlyList<PictureFilter> Filters(IReadOnlyList<string> texts) => texts.Count <= MostFilters
        ? [.. texts.Select(PictureFilter.Parse)]
        : throw RequestFault.TooMany("filter", texts.Count, MostFilters);

    private static async Task<float[]> VectorAsync(IPictureStore store, long id, IndexSearch search, RequestScope scope)
    {
        var vector = await search.ReadAsync(() => store.VectorAsync(id, scope.Cancel)).ConfigureAwait(false);
        return vector?.Row(0).ToArray() ?? throw RequestFault.Bad("similar_to", "the index has no picture of this id.");
    }

    private static IReadOnlyList<SearchTerm> Terms(SearchRequest asked, ServerLimits limits) =>
        asked.Query is { } query ? Terms(query, limits)
            : asked.Text is { } text ? [new SearchTerm(1, IsPicture: false, text)]
            : [];

    // A caller's words never become a file of this machine.
    private static IReadOnlyList<SearchTerm> Terms(string query, ServerLimits limits)
    {
        ItemEncoder.CheckText(query, "query", limits);
        var terms = SearchQuery.ParseWords(query).Terms;
        return terms.Count <= limits.Texts ? terms : throw RequestFault.TooMany("terms of the query", terms.Count, limits.Texts);
    }
}
