using System.Text;
using System.Text.Json;

namespace ClipSharp.Text.Subwords.Formats;

/// <summary>The parts of a <c>tokenizer.json</c> around its model: normalizers, words, start and end.</summary>
internal sealed class SubwordJsonSteps
{
    private const int MostOfReplacement = 16; // characters: a damaged one must not blow a text up

    private readonly List<Func<string, string>> _steps = [];
    private bool _isBert;
    private bool _replacesSpaces;

    /// <summary>The normalizer of a file: one step or a list of them.</summary>
    public static SubwordJsonSteps Normalizer(JsonElement json, string path)
    {
        var steps = new SubwordJsonSteps();
        if (json.ValueKind == JsonValueKind.Null)
        {
            return steps;
        }

        IEnumerable<JsonElement> all = json.GetProperty("type").GetString() == "Sequence"
            ? json.GetProperty("normalizers").EnumerateArray() : [json];
        foreach (var step in all)
        {
            steps._steps.Add(steps.Step(step, path));
        }

        return steps;
    }

    /// <summary>Normalizes the text between special tokens.</summary>
    public string Apply(string text)
    {
        foreach (var step in _steps)
        {
            text = step(text);
        }

        return text;
    }

    /// <summary>Where a ▁ is put in front of words, and whether any white space parts them.</summary>
    public static (MetaspaceUnigram.Prefix Prefix, bool SplitsAtWhiteSpace) Metaspace(JsonElement json, string path)
    {
        var isSequence = json.GetProperty("type").GetString() == "Sequence";
        JsonElement[] steps = isSequence ? [.. json.GetProperty("pretokenizers").EnumerateArray()] : [json];
        var splits = steps is [var first, _] && first.GetProperty("type").GetString() == "WhitespaceSplit";
        if (steps.Length != (splits ? 2 : 1) || steps[^1].GetProperty("type").GetString() != "Metaspace")
        {
            throw SubwordFault.Other(path, "pre_tokenizer", json.GetRawText(), "Metaspace, alone or after WhitespaceSplit");
        }

        var metaspace = steps[^1];
        RequireMembers(metaspace, path, "type", "replacement", "str_rep", "prepend_scheme", "add_prefix_space", "split");
        Require(metaspace, "replacement", path, "\"▁\"");
        Require(metaspace, "split", path, "true");
        var scheme = metaspace.TryGetProperty("prepend_scheme", out var named) ? named.GetString()
            : metaspace.TryGetProperty("add_prefix_space", out var adds) && !adds.GetBoolean() ? "never" : "always";
        return (scheme switch
        {
            "never" => MetaspaceUnigram.Prefix.Never,
            "first" => MetaspaceUnigram.Prefix.First,
            "always" => MetaspaceUnigram.Prefix.Always,
            _ => throw SubwordFault.Other(path, "prepend_scheme", metaspace.GetRawText(), "always, first or never"),
        }, splits);
    }

    /// <summary>The ids before and after each text.</summary>
    public static (int? Start, int End) Ends(JsonElement json, int count, string path)
    {
        var (start, end) = json.ValueKind == JsonValueKind.Null ? (null, null)
            : json.GetProperty("type").GetString() switch
            {
                "TemplateProcessing" => Template(json, path),
                "BertProcessing" or "RobertaProcessing" => (Special(json.GetProperty("cls")), Special(json.GetProperty("sep"))),
                _ => (null, null),
            };
        return end is { } last && last >= 0 && last < count && (start ?? 0) >= 0 && (start ?? 0) < count ? (start, last)
            : throw SubwordFault.Other(path, "post_processor", json.GetRawText(), "one that ends texts with a token");

        static int? Special(JsonElement pair) => pair[1].GetInt32();
    }

    /// <summary>Refuses what would part a text at spaces: there must be none left.</summary>
    public void RequireNoSpaces(string path)
    {
        if (!_replacesSpaces)
        {
            throw SubwordFault.Other(path, "normalizer", "spaces that stay", "one that makes spaces ▁");
        }
    }

    /// <summary>Refuses words of another kind than none: without spaces, parting at them does nothing.</summary>
    public static void RequireNoSplit(JsonElement json, string path) => RequireOne("pre_tokenizer", json, path, "null",
        """{"type":"Split","pattern":{"String":" "},"behavior":"MergedWithPrevious","invert":false}""");

    /// <summary>Refuses other steps than BERT's.</summary>
    public void RequireBert(string path)
    {
        if (!_isBert || _steps.Count != 1)
        {
            throw SubwordFault.Other(path, "normalizer", "other steps", "BertNormalizer alone");
        }
    }

    /// <summary>Refuses other words than BERT's.</summary>
    public static void RequireBertWords(JsonElement json, string path) =>
        RequireOne("pre_tokenizer", json, path, """{"type":"BertPreTokenizer"}""");

    /// <summary>Refuses members that are not known here.</summary>
    public static void RequireMembers(JsonElement json, string path, params ReadOnlySpan<string> known)
    {
        foreach (var member in json.EnumerateObject())
        {
            if (!known.Contains(member.Name))
            {
                throw SubwordFault.Other(path, member.Name, member.Value.GetRawText(), "nothing of this name");
            }
        }
    }

    /// <summary>Refuses a member that is there with another value.</summary>
    public static void Require(JsonElement json, string member, string path, params ReadOnlySpan<string> fits)
    {
        if (json.TryGetProperty(member, out var found))
        {
            RequireOne(member, found, path, fits);
        }
    }

    private static void RequireOne(string name, JsonElement found, string path, params ReadOnlySpan<string> fits)
    {
        foreach (var fit in fits)
        {
            using var expected = JsonDocument.Parse(fit);
            if (JsonElement.DeepEquals(found, expected.RootElement))
            {
                return;
            }
        }

        throw SubwordFault.Other(path, name, found.GetRawText(), fits[^1]);
    }

    private static (int? Start, int? End) Template(JsonElement json, string path)
    {
        JsonElement[] parts = [.. json.GetProperty("single").EnumerateArray()];
        var ids = json.GetProperty("special_tokens");
        var at = Array.FindIndex(parts, part => part.TryGetProperty("Sequence", out _));
        return at is 0 or 1 && parts.Length == at + 2 ? (at == 1 ? Id(parts[0]) : null, Id(parts[at + 1]))
            : throw SubwordFault.Other(path, "post_processor", json.GetRawText(), "at most one token before, one after");

        int? Id(JsonElement part) =>
            ids.GetProperty(part.GetProperty("SpecialToken").GetProperty("id").GetString()!).GetProperty("ids") is var own
            && own.GetArrayLength() == 1 ? own[0].GetInt32()
                : throw SubwordFault.Other(path, "post_processor", json.GetRawText(), "tokens of one id");
    }

    private Func<string, string> Step(JsonElement step, string path)
    {
        switch (step.GetProperty("type").GetString())
        {
            case "Precompiled":
                var map = CharacterMap.Parse(step.GetProperty("precompiled_charsmap").GetBytesFromBase64(), path);
                return text => map?.ApplyByCluster(text) ?? text;
            case "Strip":
                var (left, right) = (step.GetProperty("strip_left").GetBoolean(), step.GetProperty("strip_right").GetBoolean());
                return text => left && right ? text.Trim() : left ? text.TrimStart() : right ? text.TrimEnd() : text;
            case "Lowercase":
                return TextCleaner.LowerByLetter;
            case "Replace":
                return Replacement(step, path);
            case "BertNormalizer":
                var lowers = step.GetProperty("lowercase").GetBoolean();
                RequireMembers(step, path, "type", "clean_text", "handle_chinese_chars", "strip_accents", "lowercase");
                Require(step, "clean_text", path, "true");
                Require(step, "handle_chinese_chars", path, "true");
                Require(step, "strip_accents", path, lowers ? "true" : "false", "null");
                _isBert = true;
                return text => BertText.Normalize(text, lowers);
            default:
                throw SubwordFault.Other(path, "normalizer", step.GetRawText(),
                    "Precompiled, Strip, Lowercase, Replace or BertNormalizer");
        }
    }

    private Func<string, string> Replacement(JsonElement step, string path)
    {
        var pattern = step.GetProperty("pattern");
        var content = step.GetProperty("content").GetString()!;
        var isRun = pattern.TryGetProperty("Regex", out var regex);
        var wanted = isRun ? regex.GetString() : pattern.GetProperty("String").GetString();
        if (content.Length > MostOfReplacement || string.IsNullOrEmpty(wanted) || (isRun && wanted != " {2,}"))
        {
            throw SubwordFault.Other(path, "normalizer", step.GetRawText(), "a string to replace, or runs of spaces");
        }

        _replacesSpaces |= wanted == " " && !content.Contains(' ');
        return isRun ? text => WithoutRuns(text, content) : text => text.Replace(wanted, content, StringComparison.Ordinal);
    }

    // Two spaces or more become the content.
    private static string WithoutRuns(string text, string content)
    {
        if (!text.Contains("  ", StringComparison.Ordinal))
        {
            return text;
        }

        var result = new StringBuilder(text.Length);
        for (int at = 0, end; at < text.Length; at = end)
        {
            for (end = at; end < text.Length && text[end] == ' '; end++)
            {
            }

            if (end - at >= 2)
            {
                result.Append(content);
            }
            else
            {
                end = at + 1;
                result.Append(text[at]);
            }
        }

        return result.ToString();
    }
}
