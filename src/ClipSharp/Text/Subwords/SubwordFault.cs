namespace ClipSharp.Text.Subwords;

/// <summary>What a tokenizer's file is refused with.</summary>
internal static class SubwordFault
{
    /// <summary>A file that is damaged, or another one than its name says.</summary>
    public static ClipException Bad(string path, string what, string found, string expected, Exception? inner = null) =>
        new(ClipError.Data, what, path, Plain(found), expected,
            "Fetch the tokenizer's files again; they must be the ones the model came with.", inner);

    /// <summary>A sound file of a pipeline that would give other ids here.</summary>
    public static ClipException Other(string path, string part, string found, string expected) =>
        new(ClipError.Data, $"The tokenizer is of a kind that is not known here: its {part} differs", path, Plain(found),
            expected, "Known are CLIP's, SentencePiece's (unigram and byte pairs) and BERT's WordPiece.");

    // One line, whatever a damaged file says.
    private static string Plain(string text)
    {
        var line = string.Concat(text.Take(300).Select(c => char.IsControl(c) || char.IsSurrogate(c) ? '?' : c));
        return text.Length > 300 ? line + "..." : line;
    }
}
