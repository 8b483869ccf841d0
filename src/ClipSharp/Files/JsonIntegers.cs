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

/// <summary>The side of a square: a number, or a list of two equal ones.</summary>
internal sealed class SquareConverter : JsonConverter<int>
{
    public override int Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            return IntegerConverter.Read(ref reader);
        }

        var sides = new List<int>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            sides.Add(IntegerConverter.Read(ref reader));
        }

        return sides is [var height, var width] && height == width
            ? height
            : throw new JsonException("Not one side nor two equal sides.");
    }

    public override void Write(Utf8JsonWriter writer, int value, JsonSerializerOptions options) => writer.WriteNumberValue(value);
}
