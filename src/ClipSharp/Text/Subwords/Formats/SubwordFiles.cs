namespace ClipSharp.Text.Subwords.Formats;

/// <summary>Finds and reads the files of a tokenizer that is not CLIP's.</summary>
internal static class SubwordFiles
{
    private const long MostBytes = 256L << 20; // room for a million pieces
    private const string XlmModel = "sentencepiece.bpe.model";
    private const string WordList = "vocab.txt";
    private const string ConfigFile = "tokenizer_config.json";

    // In the order in which a folder is searched.
    private static readonly string[] Names = [TokenizerJson.FileName, XlmModel, "spiece.model", "tokenizer.model", WordList];

    /// <summary>The file of a folder that holds its vocabulary, or the file itself; null where there is none of these
    /// names.</summary>
    public static string? Find(string path)
    {
        if (Directory.Exists(path))
        {
            return VocabularyFiles.HasPair(path) ? null
                : Names.Select(name => Path.Combine(path, name)).FirstOrDefault(File.Exists);
        }

        var name = Path.GetFileName(path);
        return File.Exists(path) && (Names.Contains(name) || name.EndsWith(".model", StringComparison.Ordinal)) ? path : null;
    }

    /// <summary>Loads the tokenizer of a file that <see cref="Find"/> found; null when it is a <c>tokenizer.json</c> of another
    /// kind, as CLIP's.</summary>
    /// <exception cref="ClipException">It is damaged, or of a kind that is not known here.</exception>
    public static SubwordTokenizer? Load(string path, TextCleaning cleaning, bool stripsSeparator)
    {
        var config = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, ConfigFile);
        return Read(ReadBytes(path), path, File.Exists(config) ? ReadBytes(config) : null, config, cleaning, stripsSeparator);
    }

    /// <summary>The tokenizer of files in memory.</summary>
    /// <param name="bytes">The vocabulary's file.</param>
    /// <param name="path">Its path, whose name tells its kind.</param>
    /// <param name="config">The <c>tokenizer_config.json</c> beside it, or null.</param>
    /// <param name="configPath">For messages.</param>
    /// <param name="cleaning">How texts are cleaned.</param>
    /// <param name="stripsSeparator">Whether end tokens become 0 in a row.</param>
    internal static SubwordTokenizer? Read(byte[] bytes, string path, byte[]? config, string configPath, TextCleaning cleaning,
        bool stripsSeparator)
    {
        var named = SubwordConfig.Parse(config, configPath);
        var pipeline = Path.GetFileName(path) switch
        {
            TokenizerJson.FileName => SubwordJson.Parse(bytes, path),
            WordList => WordListFile.Parse(bytes, path, named.LowersLetters),
            XlmModel => SentencePieceFile.Parse(bytes, path).XlmPipeline(),
            _ when named.IsXlm => SentencePieceFile.Parse(bytes, path).XlmPipeline(),
            _ => SentencePieceFile.Parse(bytes, path).Pipeline(named.AddsStart,
                Enumerable.Range(0, named.ExtraIds).Select(at => $"<extra_id_{named.ExtraIds - 1 - at}>")),
        };
        if (pipeline is null)
        {
            return null;
        }

        var pad = named.Pad is null ? pipeline.Pad : pipeline.Pieces.ToList().IndexOf(named.Pad);
        var files = new List<(string, byte[])> { (Path.GetFileName(path), bytes) };
        if (config is not null)
        {
            files.Add((ConfigFile, config));
        }

        return pad >= 0 ? new SubwordTokenizer(pipeline, files, pad, cleaning, stripsSeparator)
            : throw SubwordFault.Bad(configPath, "The padding is no piece", named.Pad!, "a piece of the vocabulary");
    }

    private static byte[] ReadBytes(string path)
    {
        try
        {
            using var file = File.OpenRead(path);
            if (file.Length > MostBytes)
            {
                throw SubwordFault.Bad(path, "The vocabulary is too large", $"{file.Length >> 20} MiB",
                    $"at most {MostBytes >> 20} MiB");
            }

            var bytes = new byte[file.Length];
            file.ReadExactly(bytes);
            return bytes;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ClipException(ClipError.NoInput, "The vocabulary cannot be read", path, e.Message, "a readable file",
                "Check the file.", e);
        }
    }
}
