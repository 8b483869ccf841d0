using System.Text.Json;
using System.Text.Json.Serialization;

namespace ClipSharp.Training.Memory;

/// <summary>A micro-batch in JSON: a number, "auto", or null.</summary>
internal sealed class MicroBatchConverter : JsonConverter<int?>
{
    private const string Auto = "auto";

    public override int? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType switch
        {
            JsonTokenType.Null => null,
            JsonTokenType.String when reader.ValueTextEquals(Auto) => TrainOptions.AutoMicroBatch,
            JsonTokenType.Number when reader.TryGetInt32(out var rows) => rows,
            _ => throw new JsonException("Neither a whole number nor auto."),
        };

    public override void Write(Utf8JsonWriter writer, int? value, JsonSerializerOptions options)
    {
        switch (value)
        {
            case null:
                writer.WriteNullValue();
                break;
            case TrainOptions.AutoMicroBatch:
                writer.WriteStringValue(Auto);
                break;
            default:
                writer.WriteNumberValue(value.Value);
                break;
        }
    }
}
