using System.Text.Json.Serialization;

namespace ClipSharp.Hub;

/// <summary>A published model worth having.</summary>
/// <param name="Repo">Its repository on the hub.</param>
/// <param name="Architecture">open_clip's name of what it is, with its activation.</param>
/// <param name="Tag">open_clip's name of its weights.</param>
/// <param name="Parameters">How many, to four digits.</param>
/// <param name="Licence">Of the weights.</param>
/// <param name="Imagenet">Zero-shot accuracy on ImageNet-1k in per cent, as open_clip measured it (docs/openclip_results.csv
/// there); null where it did not.</param>
/// <param name="Use">What it is good for.</param>
internal sealed record PublishedModel(string Repo, string Architecture, string Tag, long Parameters, string Licence,
    double? Imagenet, string Use)
{
    /// <summary>The size of its float32 weights.</summary>
    public long Bytes => Parameters * sizeof(float);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(List<PublishedModel>))]
internal sealed partial class PublishedModelsJson : JsonSerializerContext;
