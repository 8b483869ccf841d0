namespace ClipSharp.Server;

/// <summary>The name under which a model is served: of its services, its options and its routes; null = the only one
/// without.</summary>
internal sealed record ServedName(string? Name);

/// <summary>All models of the application.</summary>
internal sealed class ServedModels(IEnumerable<ServedName> names, IServiceProvider provider)
{
    /// <summary>In the order in which they were added.</summary>
    public IReadOnlyList<ServedModel> All { get; } =
        [.. names.Select(served => provider.GetRequiredKeyedService<ServedModel>(served.Name))];

    /// <summary>The model of a route that <see cref="ServerRoutes.MapClipSharp"/> mapped, elsewhere that without a
    /// name.</summary>
    public static ServedModel Of(HttpContext context) => context.RequestServices.GetRequiredKeyedService<ServedModel>(
        context.GetEndpoint()?.Metadata.GetMetadata<ServedName>()?.Name);
}
