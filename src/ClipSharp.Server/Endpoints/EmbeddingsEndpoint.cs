using System.Text.Json.Serialization;
using ClipSharp.Server.Limits;
using ClipSharp.Server.Requests;

namespace ClipSharp.Server.Endpoints;

/// <summary>What <c>POST /v1/embeddings</c> is asked, in OpenAI's shape.</summary>
/// <param name="Input">A text, a list of texts, of token ids or of lists of these; pictures as data URLs or {"image":
/// base64}.</param>
/// <param name="Model">Echoed; there is one model.</param>
/// <param name="EncodingFormat">"float", or "base64" for the float32 numbers as bytes, little-endian.</param>
/// <param name="Dimensions">The model's, if it is given.</param>
/// <param name="User">Taken and not used.</param>
internal sealed record EmbeddingsRequest(
    [property: JsonPropertyName("input")] EmbeddingInput? Input = null,
    [property: JsonPropertyName("model")] string? Model = null,
    [property: JsonPropertyName("encoding_format")] string? EncodingFormat = null,
    [property: JsonPropertyName("dimensions")] int? Dimensions = null,
    [property: JsonPropertyName("user")] string? User = null);

/// <summary>The vectors.</summary>
/// <param name="Object">"list".</param>
/// <param name="Data">One an input, in order.</param>
/// <param name="Model">As asked for, else the name of what is served.</param>
/// <param name="Usage">The tokens that were read, start and end included.</param>
internal sealed record EmbeddingsReply(
    [property: JsonPropertyName("object")] string Object,
    [property: JsonPropertyName("data")] IReadOnlyList<EmbeddingData> Data,
    [property: JsonPropertyName("model")] string Model,
    [property: JsonPropertyName("usage")] EmbeddingUsage Usage);

/// <summary>One vector of unit length.</summary>
/// <param name="Object">"embedding".</param>
/// <param name="Index">The number of its input, from 0.</param>
/// <param name="Embedding">E numbers, or base64 of them.</param>
internal sealed record EmbeddingData(
    [property: JsonPropertyName("object")] string Object,
    [property: JsonPropertyName("index")] int Index,
    [property: JsonPropertyName("embedding")] EmbeddingVector Embedding);

/// <summary>Tokens of a request.</summary>
internal sealed record EmbeddingUsage(
    [property: JsonPropertyName("prompt_tokens")] long PromptTokens,
    [property: JsonPropertyName("total_tokens")] long TotalTokens);

/// <summary><c>POST /v1/embeddings</c>: texts and pictures to vectors of one space.</summary>
internal static class EmbeddingsEndpoint
{
    private const int LongestName = 256;

    public static void Map(IEndpointRouteBuilder routes) => routes.MapPost("/v1/embeddings", Answer)
        .WithSummary("Unit vectors of texts and pictures, in OpenAI's shape.")
        .Accepts<EmbeddingsRequest>("application/json")
        .Produces<EmbeddingsReply>();

    private static async Task<IResult> Answer(HttpContext context, ServedModel served, RequestBody body)
    {
        var scope = RequestScope.Of(context);
        var asked = await body.ReadAsync<EmbeddingsRequest>(context, scope).ConfigureAwait(false);
        var items = Checked(asked, served.Clip, scope.Limits);
        var (vectors, tokens) = await ItemEncoder.EncodeAsync(served, items, scope).ConfigureAwait(false);
        var isBase64 = asked.EncodingFormat == "base64";
        var reply = new EmbeddingsReply("list",
            [.. vectors.Select((vector, index) => new EmbeddingData("embedding", index, new EmbeddingVector(vector, isBase64)))],
            asked.Model ?? served.Options.ShownName, new EmbeddingUsage(tokens, tokens));
        return TypedResults.Json(reply, ServerJson.Default.EmbeddingsReply);
    }

    private static IReadOnlyList<EmbeddingItem> Checked(EmbeddingsRequest asked, Clip clip, ServerLimits limits)
    {
        if (asked.EncodingFormat is not (null or "float" or "base64"))
        {
            throw RequestFault.Bad("encoding_format", "float or base64 is expected.");
        }

        if (asked.Dimensions is { } dimensions && dimensions != clip.Encoder.EmbedDim)
        {
            throw RequestFault.Bad("dimensions", FormattableString.Invariant(
                $"found {dimensions}; this model's vectors have {clip.Encoder.EmbedDim} numbers and are not cut."));
        }

        if (asked.Model is { Length: > LongestName })
        {
            throw RequestFault.Bad("model", "the name is too long.");
        }

        var items = asked.Input?.Items ?? throw RequestFault.Bad("input", "it is missing.");
        var pictures = items.Count(item => item.Picture is not null);
        return pictures > limits.Pictures ? throw RequestFault.TooMany("pictures in input", pictures, limits.Pictures)
            : items.Count - pictures > limits.Texts
                ? throw RequestFault.TooMany("texts in input", items.Count - pictures, limits.Texts)
            : items;
    }
}
