namespace ClipSharp.Text;

/// <summary>Whose steps bring a text to the form that its vocabulary was learnt on. The same vocabulary gives other ids under
/// each for about two texts in five that are not plain captions; a model must be used with the steps it is published with.</summary>
public enum TextCleaning
{
    /// <summary>openai/CLIP and open_clip: mojibake and typography repaired (<c>ftfy</c>), HTML references resolved, white space
    /// collapsed, full lower-case mapping; the splitting pattern ignores case.</summary>
    OpenAI,

    /// <summary>The tokenizer of Hugging Face's CLIP: composed characters (NFC), white space collapsed, lower case letter by letter;
    /// the splitting pattern heeds case. Nothing is repaired.</summary>
    HuggingFace,
}
