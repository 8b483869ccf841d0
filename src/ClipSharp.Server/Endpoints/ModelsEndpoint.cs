using System.Text.Json.Serialization;
using ClipSharp.Server.Requests;

namespace ClipSharp.Server.Endpoints;

/// <summary>The models, in OpenAI's shape.</summary>
internal sealed record ModelsReply(
    [property: JsonPropertyName("object")] string Object,
    [property: JsonPropertyName("data")] IReadOnlyList<ServedModelData> Data);

/// <summary>A model.</summary>
/// <param name="Id">Its name.</param>
/// <param name="Object">"model".</param>
/// <param name="Created">0: nobody knows.</param>
/// <param name="OwnedBy">"clipsharp".</param>
/// <param name="Dimensions">E, numbers of a vector.</param>
/// <param name="ContextLength">T, tokens that are read of a text, start and end included; 0 = it reads none.</param>
/// <param name="Pictures">Pictures of the index that is served; none = there is no index.</param>
/// <param name="Classifiers">The names of stored classifiers, for <c>/v1/zero-shot</c>.</param>
internal sealed record ServedModelData(
    [property: JsonPropertyName("id")] string Id,
    [property: JsonPropertyName("object")] string Object,
    [property: JsonPropertyName("created")] long Created,
    [property: JsonPropertyName("owned_by")] string OwnedBy,
    [property: JsonPropertyName("dimensions")] int Dimensions,
    [property: JsonPropertyName("context_length")] int ContextLength,
    [property: JsonPropertyName("pictures")] long? Pictures,
    [property: JsonPropertyName("classifiers")] IReadOnlyList<string> Classifiers);

/// <summary><c>GET /v1/models</c>.</summary>
internal static class ModelsEndpoint
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/v1/models", Answer)
        .WithSummary("The model that is served, in OpenAI's shape.")
        .Produces<ModelsReply>();

    private static IResult Answer(HttpContext context, ServedModel served)
    {
        if (!served.IsReady)
        {
            return served.Refusal(context);
        }

        var clip = served.Clip;
        return TypedResults.Json(new ModelsReply("list", [new ServedModelData(served.Options.ShownName, "model", 0, "clipsharp",
            clip.Encoder.EmbedDim, served.HasTexts ? clip.Config.Text.ContextLength : 0, served.Store?.Count,
            served.Classifiers.Names)]), ServerJson.Default.ModelsReply);
    }
}
