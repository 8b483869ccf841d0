using ClipSharp.Text;
using ClipSharp.Text.Subwords.Formats;

namespace ClipSharp.Models.Layouts;

/// <summary>The tokenizer of a model on a disk: where it lies, and whether it is the model's.</summary>
/// <param name="source">What the model's files say.</param>
/// <param name="config">What the model is.</param>
/// <param name="cleaning">How its texts are cleaned.</param>
/// <param name="named">The vocabulary that the user names instead, or null.</param>
internal sealed class StoredTokenizer(ModelSource source, ModelConfig config, TextCleaning cleaning, string? named)
{
    private const string MergeList = "bpe_simple_vocab_16e6.txt.gz";

    /// <summary>Where it lies: what the user named, or the folder when it holds vocab.json and merges.txt, or its tokenizer.json,
    /// SentencePiece model or vocab.txt, or OpenAI's list of merges.</summary>
    /// <exception cref="ClipException">There is none.</exception>
    public string Path => Find() ?? throw new ClipException(ClipError.NoInput, "The model has no tokenizer", source.Folder,
        "no vocabulary", $"vocab.json and merges.txt, tokenizer.json, a SentencePiece model, vocab.txt, or {MergeList}",
        "Put the tokenizer's files there, or name them with --tokenizer.");

    /// <summary>Where it lies; null where there is none.</summary>
    public string? Find()
    {
        if (named is not null)
        {
            return named;
        }

        var (folder, list) = (source.Folder, System.IO.Path.Combine(source.Folder, MergeList));
        return VocabularyFiles.HasPair(folder) ? folder : SubwordFiles.Find(folder) ?? (File.Exists(list) ? list : null);
    }

    /// <summary>Loads it.</summary>
    /// <exception cref="ClipException">It is missing, damaged, or not this model's.</exception>
    public TextTokenizer Load()
    {
        var tokenizer = config.Text.LoadTokenizer(Path, cleaning);
        var end = source.EndToken ?? (tokenizer is BpeTokenizer ? tokenizer.VocabularySize - 1 : tokenizer.EndToken);
        return tokenizer.EndToken == end
            ? tokenizer
            : throw new ClipException(ClipError.Config, "The tokenizer does not fit the model", Path,
                $"the end token {tokenizer.EndToken}", $"{end}", "Use the tokenizer that the model came with.");
    }
}
