using System.Text.Json;
using System.Text.Json.Serialization;

namespace ClipSharp.Tests.Text;

/// <summary>A line of cases.jsonl: a text and what the reference made of it.</summary>
internal sealed record TokenizerCase(
    [property: JsonPropertyName("group")] string Group,
    [property: JsonPropertyName("text")] string Text,
    [property: JsonPropertyName("fixed")] string? Fixed,
    [property: JsonPropertyName("clean")] string? Clean,
    [property: JsonPropertyName("tokens")] int[] Tokens,
    [property: JsonPropertyName("context")] int[]? Context,
    [property: JsonPropertyName("as_openai")] bool? AsOpenAI)
{
    /// <summary>What reaches the byte-pair stage.</summary>
    public string Cleaned => Clean ?? Text;

    /// <summary>What ftfy alone makes of it.</summary>
    public string Repaired => Fixed ?? Text;

    /// <summary>Whether the reference is openai/CLIP.</summary>
    public bool IsOpenAI => Group is "plain" or "repair";

    public static List<TokenizerCase> Read(string folder) =>
        [.. File.ReadLines(SharedFiles.Fixture(folder + "/cases.jsonl"))
            .Select(line => JsonSerializer.Deserialize<TokenizerCase>(line)!)];
}
