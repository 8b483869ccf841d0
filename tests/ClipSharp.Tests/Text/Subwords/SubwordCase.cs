using System.Text.Json;
using System.Text.Json.Serialization;

namespace ClipSharp.Tests.Text.Subwords;

/// <summary>A line of a family's cases.jsonl: a text and what the references made of it.</summary>
internal sealed record SubwordCase(
    [property: JsonPropertyName("kind")] string Kind,
    [property: JsonPropertyName("text")] string Text,
    [property: JsonPropertyName("clean")] string? Clean,
    [property: JsonPropertyName("tokens")] int[] Tokens,
    [property: JsonPropertyName("context")] int[]? Context,
    [property: JsonPropertyName("spm")] int[]? Spm,
    [property: JsonPropertyName("huggingface")] int[]? HuggingFace,
    [property: JsonPropertyName("huggingface_lower")] int[]? HuggingFaceLower)
{
    /// <summary>What reaches the tokenizer.</summary>
    public string Cleaned => Clean ?? Text;

    public static List<SubwordCase> Read(string folder) =>
        [.. File.ReadLines(SharedFiles.Fixture(folder + "/cases.jsonl"))
            .Select(line => JsonSerializer.Deserialize<SubwordCase>(line)!)];
}
