using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using ClipSharp.Server.Limits;

namespace ClipSharp.Server.Requests;

/// <summary>Reads a body and its JSON, strictly: a member that nobody knows, a member twice, a comment or a number in quotes is
/// refused, for what is silently passed over is a typing error that its author never learns of.</summary>
internal sealed class RequestBody : IBindableFromHttpContext<RequestBody>
{
    private const int MostShown = 100;

    private readonly JsonSerializerOptions _json;

    public RequestBody(ServerLimits limits)
    {
        _json = new JsonSerializerOptions(JsonSerializerOptions.Strict)
        {
            MaxDepth = limits.JsonDepth,
            TypeInfoResolver = ServerJson.Default,
            Converters = { new PictureConverter(), new EmbeddingInputConverter(limits), new TextsConverter() },
        };
        _json.MakeReadOnly();
    }

    static ValueTask<RequestBody?> IBindableFromHttpContext<RequestBody>.BindAsync(HttpContext context,
        ParameterInfo parameter) => ValueTask.FromResult<RequestBody?>(ServedModels.Of(context).Body);

    /// <summary>The JSON object of a body.</summary>
    /// <exception cref="RequestFault">The body is too large (413), no JSON by its type (415), or unfit (400).</exception>
    public async Task<T> ReadAsync<T>(HttpContext context, RequestScope scope)
        where T : class
    {
        if (!context.Request.HasJsonContentType())
        {
            throw new RequestFault(StatusCodes.Status415UnsupportedMediaType, "The body must be application/json.");
        }

        var bytes = await BytesAsync(context.Request, scope).ConfigureAwait(false);
        var type = (JsonTypeInfo<T>)_json.GetTypeInfo(typeof(T));
        try
        {
            return JsonSerializer.Deserialize(bytes.Span, type)
                ?? throw RequestFault.Bad("body", "an object is expected, not null.");
        }
        catch (JsonException fault)
        {
            throw Described(fault, type);
        }
    }

    // Grows as bytes arrive, whatever length was announced.
    private static async Task<ReadOnlyMemory<byte>> BytesAsync(HttpRequest request, RequestScope scope)
    {
        using var whole = new MemoryStream();
        var part = new byte[16 << 10];
        int read;
        while ((read = await request.Body.ReadAsync(part, scope.Arriving).ConfigureAwait(false)) > 0)
        {
            if (whole.Length + read > scope.Limits.BodyBytes)
            {
                throw RequestGate.TooLarge(scope.Limits);
            }

            whole.Write(part, 0, read);
        }

        scope.HasArrived();
        return whole.GetBuffer().AsMemory(0, (int)whole.Length);
    }

    // The reader's own messages name types of .NET.
    private static RequestFault Described<T>(JsonException fault, JsonTypeInfo<T> type)
    {
        var place = FormattableString.Invariant($"line {fault.LineNumber + 1}, byte {fault.BytePositionInLine + 1}");
        if (fault.InnerException is JsonException)
        {
            return RequestFault.Bad("body", FormattableString.Invariant(
                $"the JSON is broken, cut off or deeper than {type.Options.MaxDepth} levels ({place})."));
        }

        var member = fault.Path is null or "$" ? "" : fault.Path.TrimStart('$').TrimStart('.');
        member = member.Length > MostShown ? member[..MostShown] + "..." : member;
        var known = type.Properties.Select(property => property.Name).ToList();
        return member.Length == 0 ? RequestFault.Bad("body", $"one object is expected, each member once ({place}).")
            : known.Any(name => member == name || member.StartsWith(name + "[", StringComparison.Ordinal)
                || member.StartsWith(name + ".", StringComparison.Ordinal))
                ? RequestFault.Bad(member, $"it stands twice, is of another kind than expected, or out of range ({place}).")
            : RequestFault.Bad(member, $"there is no such member; known are {string.Join(", ", known)}.");
    }
}
