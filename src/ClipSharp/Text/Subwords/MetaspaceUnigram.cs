namespace ClipSharp.Text.Subwords;

/// <summary>Hugging Face's way to unigram pieces: spaces become ▁, one stands before the text, and each word is encoded for
/// itself (<c>Metaspace</c>).</summary>
/// <param name="unigram">Encodes a word.</param>
/// <param name="prefix">Where a ▁ is put in front.</param>
/// <param name="splitsAtWhiteSpace">Whether any white space parts words and is dropped (<c>WhitespaceSplit</c>).</param>
internal sealed class MetaspaceUnigram(UnigramEncoder unigram, MetaspaceUnigram.Prefix prefix, bool splitsAtWhiteSpace)
    : ISubwordEncoder
{
    /// <summary>The sign that stands for a space.</summary>
    public const char Space = '▁';

    /// <summary>Where a ▁ is put in front.</summary>
    public enum Prefix
    {
        /// <summary>Nowhere.</summary>
        Never,

        /// <summary>Before the text, not after a special token.</summary>
        First,

        /// <summary>Before every part.</summary>
        Always,
    }

    /// <inheritdoc/>
    public void Encode(string part, bool isFirst, List<int> ids)
    {
        if (!splitsAtWhiteSpace)
        {
            EncodeWords(part, isFirst, ids);
            return;
        }

        for (int from = 0, to; from < part.Length; from = to + 1)
        {
            for (to = from; to < part.Length && !char.IsWhiteSpace(part[to]); to++)
            {
            }

            EncodeWords(part[from..to], isFirst && from == 0, ids);
        }
    }

    private void EncodeWords(string part, bool isFirst, List<int> ids)
    {
        if (part.Length == 0)
        {
            return;
        }

        var text = part.Replace(' ', Space);
        if (text[0] != Space && (prefix == Prefix.Always || (prefix == Prefix.First && isFirst)))
        {
            text = Space + text;
        }

        for (var rest = text.AsSpan(); !rest.IsEmpty;)
        {
            var next = rest[1..].IndexOf(Space);
            var word = next < 0 ? rest : rest[..(next + 1)];
            unigram.Encode(word, ids);
            rest = rest[word.Length..];
        }
    }
}
