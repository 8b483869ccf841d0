using System.Text.Json.Serialization;
using ClipSharp.Search.Collections;
using ClipSharp.Search.Queries;
using ClipSharp.Server.Limits;
using ClipSharp.Server.Requests;

namespace ClipSharp.Server.Endpoints;

/// <summary>What clip-retrieval's clients ask <c>POST /knn-service</c>. Members for what this server does not have are taken
/// where they ask for nothing.</summary>
internal sealed record KnnRequest(
    [property: JsonPropertyName("text")] string? Text = null,
    [property: JsonPropertyName("image")] PictureInput? Image = null,
    [property: JsonPropertyName("image_url")] string? ImageUrl = null,
    [property: JsonPropertyName("embedding_input")] IReadOnlyList<float>? EmbeddingInput = null,
    [property: JsonPropertyName("modality")] string? Modality = null,
    [property: JsonPropertyName("num_images")] int? NumImages = null,
    [property: JsonPropertyName("num_result_ids")] int? NumResultIds = null,
    [property: JsonPropertyName("indice_name")] string? IndiceName = null,
    [property: JsonPropertyName("deduplicate")] bool? Deduplicate = null,
    [property: JsonPropertyName("use_safety_model")] bool? UseSafetyModel = null,
    [property: JsonPropertyName("use_violence_detector")] bool? UseViolenceDetector = null,
    [property: JsonPropertyName("use_mclip")] bool? UseMclip = null,
    [property: JsonPropertyName("aesthetic_score")] float? AestheticScore = null,
    [property: JsonPropertyName("aesthetic_weight")] float? AestheticWeight = null);

/// <summary>A picture found, in clip-retrieval's words; beyond num_images nothing but id and similarity.</summary>
/// <param name="ImagePath">Its key: the path below the folder that was indexed.</param>
/// <param name="Caption">Its caption, if it has one.</param>
/// <param name="Id">Its short name in the index.</param>
/// <param name="Similarity">Its cosine with the query.</param>
internal sealed record KnnResult(
    [property: JsonPropertyName("image_path")] string? ImagePath,
    [property: JsonPropertyName("caption")] string? Caption,
    [property: JsonPropertyName("id")] long Id,
    [property: JsonPropertyName("similarity")] float Similarity);

/// <summary>clip-retrieval's <c>POST /knn-service</c> and <c>GET /indices-list</c>.</summary>
internal static class KnnEndpoint
{
    private const string IndexName = "pictures";
    private const int UsualCount = 20;

    public static void Map(IEndpointRouteBuilder routes) => routes.MapPost("/knn-service", Answer)
        .WithSummary("Finds pictures of the index, in clip-retrieval's shape.")
        .Accepts<KnnRequest>("application/json")
        .Produces<IReadOnlyList<KnnResult>>();

    public static void MapList(IEndpointRouteBuilder routes) => routes.MapGet("/indices-list", (ServedModel served) =>
        TypedResults.Json<IReadOnlyList<string>>(served.Store is null ? [] : [IndexName], ServerJson.Default.IReadOnlyListString))
        .WithSummary("The indexes that are served: one or none.")
        .Produces<IReadOnlyList<string>>();

    private static async Task<IResult> Answer(HttpContext context, ServedModel served, RequestBody body, IndexSearch search)
    {
        var scope = RequestScope.Of(context);
        var store = IndexSearch.RequireStore(served);
        var asked = await body.ReadAsync<KnnRequest>(context, scope).ConfigureAwait(false);
        Check(asked);
        var images = asked.NumImages ?? UsualCount;
        var wanted = new PictureSelection(asked.NumResultIds ?? images);
        if (images < 0)
        {
            throw RequestFault.Bad("num_images", "0 or more is expected.");
        }

        IndexSearch.Check(wanted, scope.Limits);
        var query = asked.EmbeddingInput is { } vector ? Unit(vector, served.Clip.Encoder.EmbedDim)
            : await IndexSearch.SumAsync(served, asked.Text is { } text ? [new SearchTerm(1, IsPicture: false, text)] : [],
                asked.Image, scope).ConfigureAwait(false);
        var found = await search.FindAsync(store, query, wanted, scope).ConfigureAwait(false);
        return TypedResults.Json<IReadOnlyList<KnnResult>>(
            [.. found.Select((each, place) => new KnnResult(place < images ? each.Picture.Key : null,
                place < images ? each.Picture.Caption : null, each.Id, each.Score))], ServerJson.Default.IReadOnlyListKnnResult);
    }

    private static void Check(KnnRequest asked)
    {
        if (asked.ImageUrl is not null)
        {
            throw RequestFault.Bad("image_url", "links are not fetched; send the picture itself as image, in base64.");
        }

        if ((asked.Text is null ? 0 : 1) + (asked.Image is null ? 0 : 1) + (asked.EmbeddingInput is null ? 0 : 1) != 1)
        {
            throw RequestFault.Bad("body", "give one of text, image and embedding_input.");
        }

        if (asked.Modality is not (null or "image"))
        {
            throw RequestFault.Bad("modality", "pictures are indexed: image is expected.");
        }

        if (asked.IndiceName is not (null or "" or IndexName))
        {
            throw RequestFault.Bad("indice_name", $"there is one index, {IndexName}.");
        }

        (string Name, bool IsAsked)[] missing =
        [
            ("deduplicate", asked.Deduplicate == true), ("use_safety_model", asked.UseSafetyModel == true),
            ("use_violence_detector", asked.UseViolenceDetector == true), ("use_mclip", asked.UseMclip == true),
            ("aesthetic_weight", asked.AestheticWeight is not (null or 0)),
        ];
        if (Array.Find(missing, member => member.IsAsked) is { Name: { } name })
        {
            throw RequestFault.Bad(name, "this server does not have that: leave it out, or give false or 0.");
        }
    }

    private static float[] Unit(IReadOnlyList<float> vector, int dimension)
    {
        if (vector.Count != dimension)
        {
            throw RequestFault.Bad("embedding_input", FormattableString.Invariant(
                $"found {vector.Count} numbers, the model's vectors have {dimension}."));
        }

        var length = Math.Sqrt(vector.Sum(number => (double)number * number));
        return length > 0 && double.IsFinite(length) ? [.. vector.Select(number => (float)(number / length))]
            : throw RequestFault.Bad("embedding_input", "finite numbers are expected, not all 0.");
    }
}
