using System.Text.Json;
using System.Text.Json.Serialization;
using ClipSharp.Server.Limits;

namespace ClipSharp.Server.Requests;

/// <summary>One thing to encode: a text, the ids of one, or a picture.</summary>
internal sealed record EmbeddingItem(string? Text = null, int[]? Tokens = null, PictureInput? Picture = null);

/// <summary>What is to be encoded, in order.</summary>
internal sealed record EmbeddingInput(IReadOnlyList<EmbeddingItem> Items);

/// <summary>Reads OpenAI's <c>input</c>, one string, a list of strings, a list of ids or a list of such lists, and pictures among
/// the strings: a data URL, or <c>{"image": base64}</c>. Items are counted as they are read.</summary>
internal sealed class EmbeddingInputConverter(ServerLimits limits) : JsonConverter<EmbeddingInput>
{
    private const int MostTokens = 1 << 16; // of one text; the model's context is checked where the model is known

    private static readonly PictureConverter Picture = new();

    public override EmbeddingInput Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            return new EmbeddingInput([Item(ref reader)]);
        }

        var items = new List<EmbeddingItem>();
        reader.Read();
        if (reader.TokenType == JsonTokenType.Number)
        {
            return new EmbeddingInput([new EmbeddingItem(Tokens: Tokens(ref reader))]);
        }

        while (reader.TokenType != JsonTokenType.EndArray)
        {
            if (items.Count == limits.Texts + limits.Pictures)
            {
                throw RequestFault.Bad("input", FormattableString.Invariant(
                    $"at most {limits.Texts} texts and {limits.Pictures} pictures are taken."));
            }

            items.Add(Item(ref reader));
            reader.Read();
        }

        return items.Count > 0 ? new EmbeddingInput(items) : throw RequestFault.Bad("input", "the list is empty.");
    }

    public override void Write(Utf8JsonWriter writer, EmbeddingInput value, JsonSerializerOptions options) =>
        throw new NotSupportedException();

    private static EmbeddingItem Item(ref Utf8JsonReader reader)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
            case JsonTokenType.String when reader.ValueSpan.StartsWith("data:image"u8):
                return new EmbeddingItem(Picture: Picture.Read(ref reader, typeof(PictureInput), JsonSerializerOptions.Default));
            case JsonTokenType.String:
                return new EmbeddingItem(JsonText.Of(ref reader, "input"));
            case JsonTokenType.StartArray:
                reader.Read();
                return new EmbeddingItem(Tokens: Tokens(ref reader));
            default:
                throw RequestFault.Bad("input", "texts, lists of token ids, data URLs or {\"image\": base64} are expected.");
        }
    }

    private static int[] Tokens(ref Utf8JsonReader reader)
    {
        var ids = new List<int>();
        while (reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt32(out var id) || ids.Count == MostTokens)
            {
                throw RequestFault.Bad("input", "a list of token ids holds whole numbers only, as many as a text may have.");
            }

            ids.Add(id);
            reader.Read();
        }

        return ids.Count > 0 ? [.. ids] : throw RequestFault.Bad("input", "a list of token ids is empty.");
    }
}
