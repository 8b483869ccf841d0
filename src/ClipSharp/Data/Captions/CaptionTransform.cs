namespace ClipSharp.Data.Captions;

/// <summary>Varies a caption's text: a label into a template, a keyword list to some of its words. A pure function of the
/// caption and the random stream.</summary>
/// <param name="config">How often; validated.</param>
public sealed class CaptionTransform(CaptionConfig config)
{
    private const int MaxLabelWords = 10;

    /// <summary>The caption to train with.</summary>
    public string Apply(string caption, ref RandomStream random) => DropWords(Vary(caption, ref random), ref random);

    private string Vary(string caption, ref RandomStream random)
    {
        if (caption.Contains(',', StringComparison.Ordinal))
        {
            return VaryList(caption, ref random);
        }

        var isLabel = caption.AsSpan().Count(' ') < MaxLabelWords && !caption.EndsWith('.');
        return config.TemplateProb > 0 && isLabel && random.NextBool(config.TemplateProb)
            ? config.Templates[random.NextInt32(config.Templates.Count)].Replace("{}", caption, StringComparison.Ordinal)
            : caption;
    }

    private string VaryList(string caption, ref RandomStream random)
    {
        var single = config.SingleKeywordProb > 0 && random.NextBool(config.SingleKeywordProb);
        if (!single && !(config.KeywordSubsetProb > 0 && random.NextBool(config.KeywordSubsetProb)))
        {
            return caption;
        }

        var keywords = caption.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return keywords.Length == 0 ? caption : single ? keywords[random.NextInt32(keywords.Length)]
            : Subset(keywords, ref random);
    }

    private string DropWords(string caption, ref RandomStream random)
    {
        if (config.WordDropoutProb <= 0)
        {
            return caption;
        }

        var words = caption.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var kept = new List<string>(words.Length);
        foreach (var word in words)
        {
            if (!random.NextBool(config.WordDropoutProb))
            {
                kept.Add(word);
            }
        }

        return kept.Count > 0 ? string.Join(' ', kept) : caption;
    }

    // Between one keyword and all of them, each number equally likely.
    private static string Subset(string[] keywords, ref RandomStream random)
    {
        random.Shuffle(keywords.AsSpan());
        return string.Join(", ", keywords.AsSpan(0, 1 + random.NextInt32(keywords.Length)));
    }
}
