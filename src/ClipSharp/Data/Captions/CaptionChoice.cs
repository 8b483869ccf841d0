using System.Text.Json.Serialization;

namespace ClipSharp.Data.Captions;

/// <summary>Which of a picture's captions an epoch uses.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<CaptionChoice>))]
public enum CaptionChoice
{
    /// <summary>One at random; every caption comes round before one repeats.</summary>
    [JsonStringEnumMemberName("random")]
    Random,

    /// <summary>Always the first.</summary>
    [JsonStringEnumMemberName("first")]
    First,

    /// <summary>In their order, one an epoch.</summary>
    [JsonStringEnumMemberName("cycle")]
    Cycle,
}
