using System.Text;
using System.Text.Json;

namespace ClipSharp.Text;

/// <summary>Reads Hugging Face's <c>tokenizer.json</c> where it is the pipeline of <c>CLIPTokenizerFast</c> (<c>CLIPConverter</c>
/// in transformers' <c>convert_slow_tokenizer.py</c>) and nothing else: whatever would give other ids is refused, never
/// approximated.</summary>
internal static class TokenizerJson
{
    public const string FileName = "tokenizer.json";

    private const string Pieces = @"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+";
    private const string WithSpecials = @"<\|startoftext\|>|<\|endoftext\|>|" + Pieces; // as in OpenAI's repositories

    /// <summary>The ids, and the merges in the words of merges.txt.</summary>
    /// <param name="json">The file's bytes.</param>
    /// <param name="path">For messages.</param>
    /// <exception cref="ClipException">It is damaged, or another pipeline.</exception>
    public static (Dictionary<string, int> Ids, byte[] Merges) Parse(ReadOnlyMemory<byte> json, string path)
    {
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { AllowDuplicateProperties = false });
            return Read(document.RootElement, path);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            // InvalidOperation: a member of another kind, or a lone surrogate.
            throw Bad(path, "The tokenizer cannot be read", e.Message, "the tokenizer.json of CLIPTokenizerFast", e);
        }
    }

    private static (Dictionary<string, int> Ids, byte[] Merges) Read(JsonElement json, string path)
    {
        var model = json.GetProperty("model");
        var ids = model.GetProperty("vocab").EnumerateObject().ToDictionary(pair => pair.Name, pair => pair.Value.GetInt32());
        int Id(string token) =>
            ids.TryGetValue(token, out var id) ? id : throw Bad(path, "A token is missing", "no " + token, token);
        var (start, end) = (Id(BpeVocabulary.Start), Id(BpeVocabulary.End));

        Require("normalizer", json.GetProperty("normalizer"),
            """{"type":"Sequence","normalizers":[{"type":"NFC"},{"type":"Replace","pattern":{"Regex":"\\s+"},"content":" "},{"type":"Lowercase"}]}""");
        Require("pre_tokenizer", json.GetProperty("pre_tokenizer"), Splits(Pieces, null), Splits(Pieces, true),
            Splits(WithSpecials, null), Splits(WithSpecials, true));
        Require("post_processor", json.GetProperty("post_processor"),
            $$"""{"type":"RobertaProcessing","sep":["{{BpeVocabulary.End}}",{{end}}],"cls":["{{BpeVocabulary.Start}}",{{start}}],"trim_offsets":false,"add_prefix_space":false}""");
        foreach (var member in model.EnumerateObject())
        {
            string[]? fits = member.Name switch
            {
                "vocab" or "merges" => null,
                "type" => ["\"BPE\""],
                "dropout" => ["null"],
                "unk_token" => ["null", $"\"{BpeVocabulary.End}\""],
                "continuing_subword_prefix" => ["null", "\"\""],
                "end_of_word_suffix" => ["\"</w>\""],
                "fuse_unk" or "byte_fallback" or "ignore_merges" => ["false"],
                _ => [],
            };
            if (fits is not null)
            {
                Require("model." + member.Name, member.Value, fits);
            }
        }

        Require("model.end_of_word_suffix", model.GetProperty("end_of_word_suffix"), "\"</w>\"");
        foreach (var token in json.GetProperty("added_tokens").EnumerateArray())
        {
            var content = token.GetProperty("content").GetString()!;
            if (content is not (BpeVocabulary.Start or BpeVocabulary.End) || token.GetProperty("id").GetInt32() != Id(content)
                || token.GetProperty("single_word").GetBoolean() || token.GetProperty("lstrip").GetBoolean()
                    || token.GetProperty("rstrip").GetBoolean())
            {
                throw Other("added_tokens", token.GetRawText(),
                    $"{BpeVocabulary.Start} and {BpeVocabulary.End} with their ids, plain");
            }
        }

        return (ids, Encoding.UTF8.GetBytes("#version: 0.2\n"
            + string.Concat(model.GetProperty("merges").EnumerateArray().Select(Merge))));

        void Require(string name, JsonElement found, params string[] fits)
        {
            if (!fits.Any(fit => Same(found, fit)))
            {
                throw Other(name, found.GetRawText(), fits is [] ? "nothing of this name" : fits[0]);
            }
        }

        ClipException Other(string name, string found, string expected) =>
            Bad(path, $"The tokenizer is another than CLIP's: its {name} differs",
                found.Length <= 300 ? found : found[..300] + "...", expected);
    }

    private static string Splits(string pattern, bool? usesRegex) =>
        $$$"""{"type":"Sequence","pretokenizers":[{"type":"Split","pattern":{"Regex":"{{{JsonEncodedText.Encode(pattern)}}}"},"behavior":"Removed","invert":true},{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true{{{(usesRegex is null ? "" : ",\"use_regex\":true")}}}}]}""";

    private static bool Same(JsonElement found, string expected)
    {
        using var document = JsonDocument.Parse(expected);
        return JsonElement.DeepEquals(found, document.RootElement);
    }

    // "a b", or ["a", "b"] since tokenizers 0.20.
    private static string Merge(JsonElement merge) => merge.ValueKind == JsonValueKind.Array
        ? string.Join(' ', merge.EnumerateArray().Select(part => part.GetString())) + "\n"
        : merge.GetString() + "\n";

    private static ClipException Bad(string path, string what, string found, string expected, Exception? inner = null) =>
        new(ClipError.Data, what, path, found, expected, "Put the vocab.json and merges.txt of the model beside it.", inner);
}
