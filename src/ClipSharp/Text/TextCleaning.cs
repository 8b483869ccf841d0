namespace ClipSharp.Text;

/// <summary>Whose steps bring a text to the form that a vocabulary was learnt on. Plain captions get the same ids from several;
/// texts with curly quotes, HTML references, mojibake or full-width letters do not.</summary>
public enum TextCleaning
{
    /// <summary>openai/CLIP and open_clip: mojibake and typography repaired (<c>ftfy</c>), HTML references resolved, white space
    /// collapsed, full lower-case mapping; the splitting pattern ignores case.</summary>
    OpenAI,

    /// <summary>The tokenizer of Hugging Face's CLIP: letters and marks composed (NFC), white space collapsed, lower case letter
    /// by letter; the splitting pattern heeds case. Nothing is repaired.</summary>
    HuggingFace,

    /// <summary>open_clip's <c>canonicalize</c> (SigLIP): repaired and resolved as <see cref="OpenAI"/>, underscores to spaces,
    /// ASCII punctuation out, lower case, white space collapsed.</summary>
    Canonicalize,

    /// <summary>open_clip's <c>whitespace</c>, its choice for tokenizers of Hugging Face: repaired and resolved, white space
    /// collapsed; case is kept.</summary>
    Whitespace,

    /// <summary>open_clip's <c>lower</c>: <see cref="Whitespace"/>, then lower case.</summary>
    Lower,

    /// <summary>open_clip's <c>whitespace_underscore</c>: <see cref="Whitespace"/> with underscores as spaces.</summary>
    WhitespaceUnderscore,

    /// <summary>transformers' <c>SiglipTokenizer</c>: lower case, ASCII punctuation out (underscores too), white space collapsed.
    /// Nothing is repaired.</summary>
    Siglip,

    /// <summary>The text as it is, as Hugging Face's tokenizers of Gemma take it.</summary>
    AsIs,

    /// <summary>transformers' <c>Siglip2Tokenizer</c>: lower case letter by letter and nothing else, by the tokenizer itself: a
    /// special token must be spelt exactly.</summary>
    LowerOnly,
}
