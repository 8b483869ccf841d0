using System.Buffers;
using System.Buffers.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ClipSharp.Server.Requests;

/// <summary>The bytes of a picture's file, as they came in a request.</summary>
internal sealed record PictureInput(ReadOnlyMemory<byte> Bytes);

/// <summary>Reads a picture: <c>"data:image/png;base64,..."</c>, bare base64, or <c>{"image": either}</c>. A link is refused: a
/// server that fetches what strangers name can be sent into the network behind it.</summary>
internal sealed class PictureConverter : JsonConverter<PictureInput>
{
    private static ReadOnlySpan<byte> Marker => ";base64,"u8;

    public override PictureInput Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.StartObject)
        {
            return ReadObject(ref reader);
        }

        if (reader.TokenType != JsonTokenType.String)
        {
            throw RequestFault.Bad("picture", "a data URL, base64 or {\"image\": base64} is expected.");
        }

        if (!reader.ValueIsEscaped)
        {
            return new PictureInput(Decode(reader.ValueSpan));
        }

        var unescaped = ArrayPool<byte>.Shared.Rent(reader.ValueSpan.Length);
        try
        {
            return new PictureInput(Decode(unescaped.AsSpan(0, reader.CopyString(unescaped))));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(unescaped);
        }
    }

    public override void Write(Utf8JsonWriter writer, PictureInput value, JsonSerializerOptions options) =>
        writer.WriteBase64StringValue(value.Bytes.Span);

    /// <summary>The bytes that a data URL or base64 stands for.</summary>
    /// <exception cref="RequestFault">It is neither, or a link.</exception>
    internal static byte[] Decode(ReadOnlySpan<byte> text)
    {
        if (text.StartsWith("http://"u8) || text.StartsWith("https://"u8) || text.StartsWith("file:"u8))
        {
            throw RequestFault.Bad("picture", "links are not fetched; send the picture itself, as a data URL or base64.");
        }

        if (text.StartsWith("data:"u8))
        {
            var start = text[..Math.Min(text.Length, 200)].IndexOf(Marker);
            text = start >= 0 ? text[(start + Marker.Length)..] : throw RequestFault.Bad("picture",
                "a data URL is written data:image/png;base64,...");
        }

        // The length tells the size of the picture and most damage, before anything is decoded.
        if (text.IsEmpty || text.Length % 4 != 0)
        {
            throw RequestFault.Bad("picture", FormattableString.Invariant(
                $"the base64 is cut off or empty: {text.Length} characters, a multiple of 4 is expected."));
        }

        var bytes = new byte[text.Length / 4 * 3];
        return Base64.DecodeFromUtf8(text, bytes, out _, out var written) == OperationStatus.Done
            ? bytes[..written]
            : throw RequestFault.Bad("picture", "no base64; only A-Z, a-z, 0-9, +, / and = at the end are taken.");
    }

    private PictureInput ReadObject(ref Utf8JsonReader reader)
    {
        if (!reader.Read() || reader.TokenType != JsonTokenType.PropertyName || !reader.ValueTextEquals("image"u8)
            || !reader.Read() || reader.TokenType != JsonTokenType.String)
        {
            throw RequestFault.Bad("picture", "an object is written {\"image\": base64}, with no other member.");
        }

        var picture = Read(ref reader, typeof(PictureInput), JsonSerializerOptions.Default);
        return reader.Read() && reader.TokenType == JsonTokenType.EndObject ? picture
            : throw RequestFault.Bad("picture", "an object is written {\"image\": base64}, with no other member.");
    }
}
