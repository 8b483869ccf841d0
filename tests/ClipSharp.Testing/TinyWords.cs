namespace ClipSharp.Testing;

/// <summary>A vocabulary for the reference's <c>vit-tiny</c>, whose 512 ids are too few for byte pairs: BERT's list of words,
/// with letters, and its start and end token where the model has them.</summary>
public static class TinyWords
{
    private const int Ids = 512;

    /// <summary>Writes it as a file.</summary>
    /// <param name="folder">Where.</param>
    /// <returns>The file's path.</returns>
    public static string Write(TemporaryFolder folder)
    {
        ArgumentNullException.ThrowIfNull(folder);
        var letters = Enumerable.Range('a', 26).Select(letter => (char)letter).ToList();
        List<string> words = ["[PAD]", "[UNK]", "[MASK]", "red", "green", "blue", "square", "photo",
            .. letters.Select(letter => $"{letter}"), .. letters.Select(letter => $"##{letter}")];
        words.AddRange(Enumerable.Range(0, Ids - 2 - words.Count).Select(number => $"[unused{number}]"));
        var path = folder["vocab.txt"];
        File.WriteAllText(path, string.Join('\n', [.. words, "[CLS]", "[SEP]"]) + "\n");
        return path;
    }
}
