using System.Buffers.Binary;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ClipSharp.Server.Requests;

/// <summary>A vector: a list of numbers, or their bytes in base64 (float32, little-endian), from which the same numbers
/// come.</summary>
/// <param name="Values">E numbers.</param>
/// <param name="IsBase64">Whether as bytes.</param>
[JsonConverter(typeof(EmbeddingVectorConverter))]
internal sealed record EmbeddingVector(float[] Values, bool IsBase64);

/// <summary>Reads and writes it.</summary>
internal sealed class EmbeddingVectorConverter : JsonConverter<EmbeddingVector>
{
    public override EmbeddingVector Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType switch
        {
            JsonTokenType.String => new EmbeddingVector(FromBase64(ref reader), IsBase64: true),
            JsonTokenType.StartArray => new EmbeddingVector(FromList(ref reader), IsBase64: false),
            _ => throw Unfit(),
        };

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

    private static float[] FromBase64(ref Utf8JsonReader reader)
    {
        if (!reader.TryGetBytesFromBase64(out var bytes) || bytes.Length % sizeof(float) != 0)
        {
            throw Unfit();
        }

        var numbers = new float[bytes.Length / sizeof(float)];
        for (var i = 0; i < numbers.Length; i++)
        {
            numbers[i] = BinaryPrimitives.ReadSingleLittleEndian(bytes.AsSpan(sizeof(float) * i));
        }

        return numbers;
    }

    private static float[] FromList(ref Utf8JsonReader reader)
    {
        var numbers = new List<float>();
        while (reader.Read() && reader.TokenType == JsonTokenType.Number && reader.TryGetSingle(out var number))
        {
            numbers.Add(number);
        }

        return reader.TokenType == JsonTokenType.EndArray ? [.. numbers] : throw Unfit();
    }

    private static RequestFault Unfit() =>
        RequestFault.Bad("vector", "a list of numbers, or base64 of float32 numbers, little-endian, is expected.");
}
