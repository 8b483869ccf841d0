namespace ClipSharp.Text;

/// <summary>Whose steps bring a text to the form that a vocabulary was learnt on. Plain captions get the same ids from both;
/// texts with curly quotes, HTML references, mojibake or full-width letters do not.</summary>
public enum TextCleaning
{
    /// <summary>openai/CLIP and open_clip: mojibake and typography repaired (<c>ftfy</c>), HTML references resolved, white space
    /// collapsed, full lower-case mapping; the splitting pattern ignores case.</summary>
    OpenAI,

    /// <summary>The tokenizer of Hugging Face's CLIP: letters and marks composed (NFC), white space collapsed, lower case letter
    /// by letter; the splitting pattern heeds case. Nothing is repaired.</summary>
    HuggingFace,
}
