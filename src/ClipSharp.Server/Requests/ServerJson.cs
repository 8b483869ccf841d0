using System.Text.Json.Serialization;
using ClipSharp.Server.Endpoints;

namespace ClipSharp.Server.Requests;

/// <summary>What requests and replies look like.</summary>
[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(EmbeddingsRequest))]
[JsonSerializable(typeof(EmbeddingsReply))]
[JsonSerializable(typeof(ZeroShotRequest))]
[JsonSerializable(typeof(ZeroShotReply))]
[JsonSerializable(typeof(SearchRequest))]
[JsonSerializable(typeof(SearchReply))]
[JsonSerializable(typeof(PictureReply))]
[JsonSerializable(typeof(KnnRequest))]
[JsonSerializable(typeof(IReadOnlyList<KnnResult>))]
[JsonSerializable(typeof(ModelsReply))]
[JsonSerializable(typeof(IReadOnlyList<string>))]
internal sealed partial class ServerJson : JsonSerializerContext;
