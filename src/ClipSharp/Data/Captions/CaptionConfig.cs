using System.Text.Json;
using System.Text.Json.Serialization;

namespace ClipSharp.Data.Captions;

/// <summary>How a training caption comes about.</summary>
public sealed record CaptionConfig
{
    /// <summary>Which of a picture's captions: "random", "first" or "cycle".</summary>
    public CaptionChoice Choice { get; init; }

    /// <summary>Sentences with <c>{}</c> for a short label, such as "a photo of a {}.".</summary>
    public IReadOnlyList<string> Templates { get; init; } = [];

    /// <summary>How often a short label (at most ten words, no comma) is put into one of the templates, 0 to 1.</summary>
    public double TemplateProb { get; init; }

    /// <summary>How often a list of keywords (joined by commas) is replaced by some of them in random order, 0 to 1.
    /// Leave it 0 where captions are sentences: their commas are not lists.</summary>
    public double KeywordSubsetProb { get; init; }

    /// <summary>How often such a list is replaced by a single one of its keywords, 0 to 1, before <see cref="KeywordSubsetProb"/>
    /// has its turn.</summary>
    public double SingleKeywordProb { get; init; }

    /// <summary>How often all captions of a picture are joined by commas instead of drawing one, 0 to 1: a name and its
    /// keywords.</summary>
    public double JoinProb { get; init; }

    /// <summary>How often each word is left out, 0 to below 1; at least one stays.</summary>
    public double WordDropoutProb { get; init; }

    /// <summary>Members this version does not know; whoever loads the config lists them.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Unknown { get; set; }

    /// <summary>Itself, checked.</summary>
    /// <exception cref="ClipException">A value is out of range or a template has no place for the label.</exception>
    public CaptionConfig Validated(string where)
    {
        CheckProbability("template_prob", TemplateProb);
        CheckProbability("keyword_subset_prob", KeywordSubsetProb);
        CheckProbability("single_keyword_prob", SingleKeywordProb);
        CheckProbability("join_prob", JoinProb);
        CheckProbability("word_dropout_prob", WordDropoutProb);
        if (TemplateProb > 0 && Templates.Count == 0)
        {
            throw Bad("templates", "none", "at least one, since template_prob is not 0");
        }

        foreach (var template in Templates)
        {
            if (!template.Contains("{}", StringComparison.Ordinal))
            {
                throw Bad("templates", $"\"{template}\"", "a sentence with {} for the label");
            }
        }

        return this;

        void CheckProbability(string name, double value)
        {
            if (!(value is >= 0 and <= 1))
            {
                throw Bad(name, string.Create(null, $"{value}"), "0 to 1");
            }
        }

        ClipException Bad(string name, string found, string expected) =>
            new(ClipError.Config, $"{name} is unusable", where, found, expected, "Mend the caption settings.");
    }
}
