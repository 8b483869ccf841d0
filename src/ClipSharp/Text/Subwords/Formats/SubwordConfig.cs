using System.Text.Json;

namespace ClipSharp.Text.Subwords.Formats;

/// <summary>What a <c>tokenizer_config.json</c> of transformers adds to a vocabulary's file.</summary>
/// <param name="Pad">The padding token; null = the file's.</param>
/// <param name="ExtraIds">T5's pieces behind those of a SentencePiece model.</param>
/// <param name="AddsStart">Whether a SentencePiece model's start token comes before each text.</param>
/// <param name="IsXlm">Whether the ids are XLM-R's, one more than the model's.</param>
/// <param name="LowersLetters">Whether a list of words is of small letters without accents.</param>
internal sealed record SubwordConfig(string? Pad, int ExtraIds, bool AddsStart, bool IsXlm, bool LowersLetters)
{
    private const int MostExtra = 10_000;

    /// <summary>Reads the file; null gives the defaults.</summary>
    /// <exception cref="ClipException">It is no JSON, or a member of another kind.</exception>
    public static SubwordConfig Parse(byte[]? json, string path)
    {
        if (json is null)
        {
            return new SubwordConfig(null, 0, false, false, true);
        }

        try
        {
            using var document = JsonDocument.Parse(json);
            var root = document.RootElement;
            var extra = Get("extra_ids")?.GetInt32() ?? 0;
            if (extra is < 0 or > MostExtra)
            {
                throw SubwordFault.Bad(path, "extra_ids is out of range", $"{extra}", $"0 to {MostExtra}");
            }

            var type = Get("tokenizer_class")?.GetString() ?? "";
            return new SubwordConfig(Token("pad_token"), extra, Get("add_bos_token")?.GetBoolean() ?? false,
                type.StartsWith("XLMRoberta", StringComparison.Ordinal), Get("do_lower_case")?.GetBoolean() ?? true);

            JsonElement? Get(string name) =>
                root.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

            // A string, or an object of an added token.
            string? Token(string name) => Get(name) is not { } token ? null
                : token.ValueKind == JsonValueKind.Object ? token.GetProperty("content").GetString() : token.GetString();
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw SubwordFault.Bad(path, "The tokenizer's configuration cannot be read", e.Message, "a tokenizer_config.json", e);
        }
    }
}
