using System.Text.Json;
using System.Text.Json.Serialization;

namespace ClipSharp.Server.Requests;

/// <summary>One text or several.</summary>
internal sealed record Texts(IReadOnlyList<string> Items);

/// <summary>Reads a string or a list of strings.</summary>
internal sealed class TextsConverter : JsonConverter<Texts>
{
    public override Texts Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.String)
        {
            return new Texts([JsonText.Of(ref reader, "text")]);
        }

        var texts = new List<string>();
        while (reader.TokenType == JsonTokenType.StartArray || texts.Count > 0)
        {
            reader.Read();
            if (reader.TokenType == JsonTokenType.EndArray)
            {
                return new Texts(texts);
            }

            if (reader.TokenType != JsonTokenType.String)
            {
                break;
            }

            texts.Add(JsonText.Of(ref reader, "text"));
        }

        throw RequestFault.Bad("text", "a text or a list of texts is expected.");
    }

    public override void Write(Utf8JsonWriter writer, Texts value, JsonSerializerOptions options) =>
        throw new NotSupportedException();
}

/// <summary>Strings of a request.</summary>
internal static class JsonText
{
    /// <summary>The string under the reader.</summary>
    /// <exception cref="RequestFault">It is no Unicode: bytes that are no UTF-8, or half a pair of surrogates.</exception>
    public static string Of(ref Utf8JsonReader reader, string where)
    {
        try
        {
            return reader.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw RequestFault.Bad(where, "the text is no valid Unicode.");
        }
    }
}
