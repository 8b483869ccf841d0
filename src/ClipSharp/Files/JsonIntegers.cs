using System.Text.Json;
using System.Text.Json.Serialization;

namespace ClipSharp.Files;

/// <summary>Integers of other people's configurations, also written as 1.0 or 1e2.</summary>
internal sealed class IntegerConverter : JsonConverter<int>
{
    public override int Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => Read(ref reader);

    public override void Write(Utf8JsonWriter writer, int value, JsonSerializerOptions options) => writer.WriteNumberValue(value);

    public static int Read(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.Number)
        {
            throw new JsonException("Not an integer.");
        }

        var value = reader.GetDouble();
        return value == Math.Floor(value) && Math.Abs(value) <= int.MaxValue
            ? (int)value
            : throw new JsonException("Not a 32-bit integer.");
    }
}
