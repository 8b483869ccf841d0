using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using ClipSharp.Files;

namespace ClipSharp.Images;

/// <summary>Height and width: of a picture in pixels, of a grid in cells. A number is a square, in code and in JSON, where others
/// are [height, width].</summary>
/// <param name="Height">Rows.</param>
/// <param name="Width">Columns.</param>
[JsonConverter(typeof(ExtentConverter))]
public readonly record struct Extent(int Height, int Width)
{
    /// <summary>Whether height and width are equal.</summary>
    [JsonIgnore]
    public bool IsSquare => Height == Width;

    /// <summary>Pixels or cells in all.</summary>
    [JsonIgnore]
    public long Area => (long)Height * Width;

    [JsonIgnore]
    internal int Shorter => Math.Min(Height, Width);

    [JsonIgnore]
    internal int Longer => Math.Max(Height, Width);

    /// <summary>A square.</summary>
    /// <param name="side">Its height and width.</param>
    public static implicit operator Extent(int side) => Square(side);

    /// <summary>A square.</summary>
    /// <param name="side">Its height and width.</param>
    public static Extent Square(int side) => new(side, side);

    /// <summary>"224" for a square, else height x width: "16x24".</summary>
    public override string ToString() => IsSquare
        ? Height.ToString(CultureInfo.InvariantCulture)
        : string.Create(CultureInfo.InvariantCulture, $"{Height}x{Width}");
}

/// <summary>A number for a square, else [height, width].</summary>
internal sealed class ExtentConverter : JsonConverter<Extent>
{
    public override Extent Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
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

        return sides is [var height, var width]
            ? new Extent(height, width)
            : throw new JsonException("Not one number nor [height, width].");
    }

    public override void Write(Utf8JsonWriter writer, Extent value, JsonSerializerOptions options)
    {
        if (value.IsSquare)
        {
            writer.WriteNumberValue(value.Height);
            return;
        }

        writer.WriteStartArray();
        writer.WriteNumberValue(value.Height);
        writer.WriteNumberValue(value.Width);
        writer.WriteEndArray();
    }
}
