using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using ClipSharp.Files;
using ClipSharp.Images;
using ClipSharp.Torch;
using ClipSharp.Training.Memory;

namespace ClipSharp.Training;

/// <summary>Recipes, run configurations and training states as JSON in snake case: the one place where closed choices are spelt,
/// for flags too. By reflection: generated readers set absent members of records to zero instead of their defaults.</summary>
internal static class TrainJson
{
    public static JsonSerializerOptions Options { get; } = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Converters =
        {
            new NumberFormatConverter(),
            new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false),
        },
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals, // so that the check of ranges can name them
        AllowDuplicateProperties = false,
        RespectNullableAnnotations = true,
        WriteIndented = true,
    };

    /// <summary>How a closed choice is spelt.</summary>
    public static string Spell<T>(T choice)
        where T : struct, Enum => JsonSerializer.SerializeToNode(choice, Options)!.GetValue<string>();

    /// <summary>What is wrong with the kind of an option's value, or null.</summary>
    /// <param name="name">The option in snake case.</param>
    /// <param name="value">Its value.</param>
    public static string? Fault(string name, JsonNode? value)
    {
        try
        {
            new JsonObject { [name] = value?.DeepClone() }.Deserialize<TrainOptions>(Options);
            return null;
        }
        catch (JsonException e)
        {
            var place = e.Path?.TrimStart('$', '.') ?? name;
            var within = place == name ? "" : $", {place},";
            var found = value is JsonValue text && text.TryGetValue(out string? word) ? word : value?.ToJsonString() ?? "null";
            return $"--{name.Replace('_', '-')} {found}{within} is not {Expected(name, e)}";
        }
    }

    private static string Expected(string name, JsonException fault)
    {
        var member = Options.GetTypeInfo(typeof(TrainOptions)).Properties.FirstOrDefault(p => p.Name == name);
        return member switch
        {
            { CustomConverter: MicroBatchConverter } => "a whole number or auto",
            { PropertyType: var type } when type == typeof(TorchDevice) => TorchDevice.Names,
            { PropertyType: var type } when type == typeof(NumberFormat) => Precision.NamesOfFormats,
            { PropertyType: var type } when type == typeof(Extent?) => "a whole number, or [height, width]",
            { PropertyType: { IsEnum: true } type } => Names(type),
            _ => JsonFault.Expected(fault) ?? "a value of its kind",
        };
    }

    private static string Names(Type choices)
    {
        var names = Enum.GetValues(choices).Cast<object>()
            .Select(choice => JsonSerializer.SerializeToNode(choice, choices, Options)!.GetValue<string>()).ToList();
        return Spelling.List(names);
    }

    private sealed class NumberFormatConverter : JsonConverter<NumberFormat>
    {
        public override NumberFormat Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            (reader.TokenType == JsonTokenType.String ? Precision.FormatOf(reader.GetString()) : null)
                ?? throw new JsonException();

        public override void Write(Utf8JsonWriter writer, NumberFormat value, JsonSerializerOptions options) =>
            writer.WriteStringValue(Precision.NameOf(value));
    }
}
