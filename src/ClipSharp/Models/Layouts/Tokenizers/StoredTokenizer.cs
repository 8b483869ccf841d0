using ClipSharp.Text;
using ClipSharp.Text.Subwords.Formats;

namespace ClipSharp.Models.Layouts.Tokenizers;

/// <summary>The tokenizer of a model on a disk: where it lies when the model is opened, and whether it is the model's.</summary>
internal sealed class StoredTokenizer
{
    private readonly ModelSource _source;
    private readonly ModelConfig _config;
    private readonly TextCleaning _cleaning;
    private readonly string? _path;

    /// <param name="source">What the model's files say.</param>
    /// <param name="config">What the model is.</param>
    /// <param name="cleaning">How its texts are cleaned.</param>
    /// <param name="named">The vocabulary that the user names instead, or null.</param>
    public StoredTokenizer(ModelSource source, ModelConfig config, TextCleaning cleaning, string? named)
    {
        (_source, _config, _cleaning) = (source, config, cleaning);
        var (folder, list) = (source.Folder, System.IO.Path.Combine(source.Folder, OpenAiVocabulary.MergeList));
        var own = named ?? (VocabularyFiles.HasPair(folder) ? folder
            : SubwordFiles.Find(folder) ?? (File.Exists(list) ? list : null));
        var shared = own is null && MayBeOpenAis ? OpenAiVocabulary.Find() : null;
        _path = own ?? shared;
        Notes = shared is null ? [] : [$"the tokenizer is OpenAI's, in {shared}"];
    }

    /// <summary>What was assumed, a sentence each.</summary>
    public IReadOnlyList<string> Notes { get; }

    /// <summary>Whether there is one.</summary>
    public bool Exists => _path is not null;

    /// <summary>Where it lies: what the user named, or the folder when it holds vocab.json and merges.txt, or its tokenizer.json,
    /// SentencePiece model or vocab.txt, or OpenAI's list of merges; else, for a model of as many ids, wherever OpenAI's
    /// vocabulary lies in ClipSharp's or the hub's cache.</summary>
    /// <exception cref="ClipException">There is none.</exception>
    public string Path => _path ?? throw new ClipException(ClipError.NoInput, "The model has no tokenizer", _source.Folder,
        "no vocabulary",
        $"vocab.json and merges.txt, tokenizer.json, a SentencePiece model, vocab.txt, or {OpenAiVocabulary.MergeList}",
        MayBeOpenAis ? $"Fetch OpenAI's: {OpenAiVocabulary.PullCommand}, or name another with --tokenizer."
            : "Put the tokenizer's files there, or name them with --tokenizer.");

    // open_clip too takes its own vocabulary unless the configuration names another tokenizer.
    private bool MayBeOpenAis => _config.Text is { VocabSize: OpenAiVocabulary.Size, HfTokenizerName: null };

    /// <summary>Loads it.</summary>
    /// <exception cref="ClipException">It is missing, damaged, or not this model's.</exception>
    public TextTokenizer Load()
    {
        var tokenizer = _config.Text.LoadTokenizer(Path, _cleaning);
        var end = _source.EndToken ?? (tokenizer is BpeTokenizer ? tokenizer.VocabularySize - 1 : tokenizer.EndToken);
        return tokenizer.EndToken == end
            ? tokenizer
            : throw new ClipException(ClipError.Config, "The tokenizer does not fit the model", Path,
                $"the end token {tokenizer.EndToken}", $"{end}", "Use the tokenizer that the model came with.");
    }
}
