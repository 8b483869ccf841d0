using System.Text.Json.Nodes;
using ClipSharp.Files;
using ClipSharp.Text;

namespace ClipSharp.Models.Layouts.HuggingFace;

/// <summary>What transformers' <c>CLIPTokenizer</c> reads beside vocab.json and merges.txt.</summary>
internal static class HuggingFaceTokenizerFiles
{
    private const string ConfigFile = "tokenizer_config.json";
    private const string Start = "<|startoftext|>", End = "<|endoftext|>";

    /// <summary>How the tokenizer of a folder cleans texts.</summary>
    /// <param name="folder">The model's.</param>
    /// <param name="modelType">Its <c>model_type</c>.</param>
    public static TextCleaning Cleaning(string folder, string? modelType)
    {
        var path = Path.Combine(folder, ConfigFile);
        var kind = File.Exists(path)
            && JsonFile.Read(path, HuggingFaceJson.Default.JsonObject)["tokenizer_class"] is JsonValue value
            && value.TryGetValue<string>(out var name) ? name : "";
        return modelType == HuggingFaceConfig.Clip ? TextCleaning.HuggingFace
            : kind.StartsWith("Siglip2Tokenizer", StringComparison.Ordinal) ? TextCleaning.LowerOnly
            : kind.StartsWith("SiglipTokenizer", StringComparison.Ordinal) ? TextCleaning.Siglip
            : TextCleaning.AsIs;
    }

    /// <param name="folder">Where the vocabulary lies.</param>
    /// <param name="contextLength">T.</param>
    public static void Write(string folder, int contextLength)
    {
        WriteJson(Path.Combine(folder, "special_tokens_map.json"), Special());
        var config = new JsonObject
        {
            ["tokenizer_class"] = "CLIPTokenizer",
            ["model_max_length"] = contextLength,
            ["do_lower_case"] = true,
            ["add_prefix_space"] = false,
            ["errors"] = "replace",
        };
        foreach (var (name, token) in Special())
        {
            config[name] = token!.DeepClone();
        }

        WriteJson(Path.Combine(folder, ConfigFile), config);
    }

    private static JsonObject Special() => new()
    {
        ["bos_token"] = Token(Start, isNormalized: true),
        ["eos_token"] = Token(End, isNormalized: true),
        ["unk_token"] = Token(End, isNormalized: true),
        ["pad_token"] = End,
    };

    private static JsonObject Token(string content, bool isNormalized) => new()
    {
        ["content"] = content,
        ["single_word"] = false,
        ["lstrip"] = false,
        ["rstrip"] = false,
        ["normalized"] = isNormalized,
    };

    private static void WriteJson(string path, JsonObject json) =>
        AtomicFile.WriteText(path, json.ToJsonString(HuggingFaceJson.Default.Options) + "\n");
}
