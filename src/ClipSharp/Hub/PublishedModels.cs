using System.Text.Json;

namespace ClipSharp.Hub;

/// <summary>Published models that this version opens, from a table of ours: nothing here uses the network.</summary>
internal static class PublishedModels
{
    private const string QuickGelu = "-quickgelu";

    /// <summary>All of them, smaller ones first.</summary>
    public static IReadOnlyList<PublishedModel> All { get; } = Read();

    /// <summary>Those of an architecture, in open_clip's or OpenAI's spelling, or of a tag such as laion2b_s34b_b79k.</summary>
    public static IReadOnlyList<PublishedModel> Of(string architectureOrTag)
    {
        var (asked, tag) = (Plain(architectureOrTag), architectureOrTag.Replace('-', '_'));
        return [.. All.Where(model => Same(Plain(model.Architecture), asked) || Same(model.Tag, tag))];

        static bool Same(string one, string other) => one.Equals(other, StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>The one that an architecture and a tag name, such as ViT-B-16-SigLIP/webli; null where none is so.</summary>
    public static PublishedModel? Named(string architectureAndTag) =>
        architectureAndTag.LastIndexOf('/') is var slash and > 0
            ? Of(architectureAndTag[..slash]).FirstOrDefault(
                model => model.Tag.Equals(architectureAndTag[(slash + 1)..], StringComparison.OrdinalIgnoreCase))
            : null;

    // The activation hangs on the weights.
    private static string Plain(string architecture)
    {
        var spelled = architecture.Replace('/', '-').Replace('@', '-').Replace("336px", "336", StringComparison.Ordinal);
        return spelled.EndsWith(QuickGelu, StringComparison.OrdinalIgnoreCase) ? spelled[..^QuickGelu.Length] : spelled;
    }

    private static List<PublishedModel> Read()
    {
        using var stream = typeof(PublishedModels).Assembly.GetManifestResourceStream("published-models.json")!;
        return JsonSerializer.Deserialize(stream, PublishedModelsJson.Default.ListPublishedModel)!;
    }
}
