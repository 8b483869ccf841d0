using System.Buffers.Binary;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ClipSharp.Server.Requests;

/// <summary>A vector in a reply: a list of numbers, or its bytes in base64, from which the same numbers come.</summary>
/// <param name="Values">E numbers.</param>
/// <param name="IsBase64">Whether as bytes.</param>
[JsonConverter(typeof(EmbeddingVectorConverter))]
internal sealed record EmbeddingVector(float[] Values, bool IsBase64);

/// <summary>Writes it.</summary>
internal sealed class EmbeddingVectorConverter : JsonConverter<EmbeddingVector>
{
    public override EmbeddingVector Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        throw new NotSupportedException();

    public override void Write(Utf8JsonWriter writer, EmbeddingVector value, JsonSerializerOptions options)
    {
        if (value.IsBase64)
        {
            var bytes = new byte[4 * value.Values.Length];
            for (var i = 0; i < value.Values.Length; i++)
            {
                BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(4 * i), value.Values[i]);
            }

            writer.WriteBase64StringValue(bytes);
            return;
        }

        writer.WriteStartArray();
        foreach (var number in value.Values)
        {
            writer.WriteNumberValue(number); // the shortest digits that read as the same float
        }

        writer.WriteEndArray();
    }
}
