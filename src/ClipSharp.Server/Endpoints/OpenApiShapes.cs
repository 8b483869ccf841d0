using System.Text.Json.Nodes;
using ClipSharp.Server.Requests;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace ClipSharp.Server.Endpoints;

/// <summary>What the OpenAPI document says of members whose JSON is of several forms: their readers here are our own, and the
/// generator would describe their C# types instead.</summary>
internal static class OpenApiShapes
{
    private const string PictureExample = "data:image/png;base64,iVBORw0KGgo=";

    /// <summary>Describes a type, if it is one of these.</summary>
    public static Task Describe(OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken cancel)
    {
        var type = context.JsonTypeInfo.Type;
        IList<IOpenApiSchema>? forms = type == typeof(PictureInput) ? [Text(), Picture()]
            : type == typeof(Texts) ? [Text(), ListOf(Text())]
            : type == typeof(EmbeddingInput)
                ? [Text(), Picture(), ListOf(Text()), ListOf(Picture()), ListOf(Integer()), ListOf(ListOf(Integer()))]
            : type == typeof(EmbeddingVector) ? [ListOf(new OpenApiSchema { Type = JsonSchemaType.Number }), Text()]
            : null;
        if (forms is not null)
        {
            (schema.Type, schema.Properties, schema.Required) = (null, null, null);
            schema.OneOf = forms;
        }

        if (type == typeof(PictureInput))
        {
            schema.Examples = [JsonValue.Create(PictureExample)];
        }

        return Task.CompletedTask;
    }

    private static OpenApiSchema Text() => new() { Type = JsonSchemaType.String };

    private static OpenApiSchema Integer() => new() { Type = JsonSchemaType.Integer };

    private static OpenApiSchema ListOf(OpenApiSchema each) => new() { Type = JsonSchemaType.Array, Items = each };

    private static OpenApiSchema Picture() => new()
    {
        Type = JsonSchemaType.Object,
        Properties = new Dictionary<string, IOpenApiSchema> { ["image"] = Text() },
        Required = new HashSet<string> { "image" },
    };
}
