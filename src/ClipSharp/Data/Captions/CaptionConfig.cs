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
    /// <exception cref="ClipException">Values are out of range, or templates have no place for the label; all of them are
    /// listed.</exception>
    public CaptionConfig Validated(string where)
    {
        var faults = new ConfigFaults();
        Check(faults, "");
        faults.ThrowIfAny(where, ClipError.Config, "The caption settings are unusable", "Mend the caption settings.");
        return this;
    }

    /// <summary>Notes what does not hold.</summary>
    /// <param name="faults">Gets it.</param>
    /// <param name="within">Before each member's name.</param>
    internal void Check(ConfigFaults faults, string within)
    {
        faults.InRange(within + "template_prob", TemplateProb, 0, 1);
        faults.InRange(within + "keyword_subset_prob", KeywordSubsetProb, 0, 1);
        faults.InRange(within + "single_keyword_prob", SingleKeywordProb, 0, 1);
        faults.InRange(within + "join_prob", JoinProb, 0, 1);
        faults.InRange(within + "word_dropout_prob", WordDropoutProb, 0, 1);
        faults.Require(!(TemplateProb > 0) || Templates.Count > 0, within + "templates", "none",
            "at least one, since template_prob is not 0");
        foreach (var template in Templates)
        {
            faults.Require(template.Contains("{}", StringComparison.Ordinal), within + "templates", $"\"{template}\"",
                "a sentence with {} for the label");
        }
    }
}
