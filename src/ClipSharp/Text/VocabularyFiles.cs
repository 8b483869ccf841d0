using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Text.Json;
using ClipSharp.Files;

namespace ClipSharp.Text;

/// <summary>Reads and writes vocabularies: one list of merges as of openai/CLIP's <c>bpe_simple_vocab_16e6.txt.gz</c>, or Hugging
/// Face's <c>vocab.json</c> with <c>merges.txt</c>. Nothing is guessed: what does not fit is refused, with the line.</summary>
internal static class VocabularyFiles
{
    private const int MaxBytes = 16 << 20;
    private const int MaxMergesOfList = 49152 - 256 - 2; // the slice openai/CLIP takes; its file is longer
    private const string HuggingFaceHeader = "#version: 0.2";
    private const string Vocab = "vocab.json";
    private const string MergeList = "merges.txt";
    private const string Remedy = "Fetch the tokenizer files again; they must be the ones the model came with.";

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static BpeVocabulary Load(string path)
    {
        if (Directory.Exists(path))
        {
            if (File.Exists(Path.Combine(path, Vocab)) && File.Exists(Path.Combine(path, MergeList)))
            {
                return LoadPair(path);
            }

            var lists = Directory.GetFiles(path).Where(IsList).Order(StringComparer.Ordinal).ToList();
            return lists.Count == 1
                ? ReadMerges(lists[0], MaxMergesOfList, ids: null)
                : throw new ClipException(ClipError.NoInput, "The folder holds no vocabulary", path,
                    lists.Count == 0 ? "neither" : $"{lists.Count} lists of merges",
                    $"{Vocab} with {MergeList}, or one *.txt.gz or *.txt", "Name the vocabulary's file itself.");
        }

        if (!File.Exists(path))
        {
            throw new ClipException(ClipError.NoInput, "The vocabulary does not exist", path, "nothing there",
                "a list of merges or a folder with vocab.json and merges.txt", "Check the path.");
        }

        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        if (Path.GetFileName(path) is Vocab or MergeList && File.Exists(Path.Combine(folder, Vocab)) && File.Exists(Path.Combine(folder, MergeList)))
        {
            return LoadPair(folder);
        }

        return IsList(path)
            ? ReadMerges(path, MaxMergesOfList, ids: null)
            : throw new ClipException(ClipError.Data, "Not a vocabulary", path, Path.GetFileName(path),
                $"*.txt.gz, *.txt, or {Vocab} and {MergeList} side by side", "Other tokenizer formats are not read.");
    }

    /// <summary>Writes vocab.json and merges.txt.</summary>
    public static void Save(BpeVocabulary vocabulary, string folder)
    {
        AtomicFile.Write(Path.Combine(folder, Vocab), stream =>
        {
            var options = new JsonWriterOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
            using var json = new Utf8JsonWriter(stream, options);
            json.WriteStartObject();
            for (var id = 0; id < vocabulary.Tokens.Length; id++)
            {
                json.WriteNumber(vocabulary.Tokens[id], id);
            }

            json.WriteEndObject();
        });
        AtomicFile.WriteText(Path.Combine(folder, MergeList), MergesText(vocabulary));
    }

    /// <summary>The text of merges.txt: header, then a merge a line.</summary>
    public static string MergesText(BpeVocabulary vocabulary)
    {
        var text = new StringBuilder(HuggingFaceHeader).Append('\n');
        foreach (var (first, second, _) in vocabulary.Merges)
        {
            text.Append(vocabulary.Tokens[first]).Append(' ').Append(vocabulary.Tokens[second]).Append('\n');
        }

        return text.ToString();
    }

    private static bool IsList(string path) =>
        path.EndsWith(".txt", StringComparison.OrdinalIgnoreCase) || path.EndsWith(".txt.gz", StringComparison.OrdinalIgnoreCase);

    private static BpeVocabulary LoadPair(string folder) =>
        ReadMerges(Path.Combine(folder, MergeList), int.MaxValue, ReadIds(Path.Combine(folder, Vocab)));

    private static BpeVocabulary ReadMerges(string path, int maxMerges, Dictionary<string, int>? ids)
    {
        var content = ReadBytes(path);
        var indices = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var index = 0; index < BpeVocabulary.Alphabet.Count; index++)
        {
            indices.Add(BpeVocabulary.Alphabet[index], index);
        }

        var merged = new List<string>();
        var merges = new List<(int, int)>();
        var line = 0;
        while (!content.IsEmpty && merges.Count < maxMerges)
        {
            line++;
            var text = NextLine(ref content, path, line);
            if (line == 1)
            {
                if (!text.Contains("#version", StringComparison.Ordinal))
                {
                    throw Bad(path, line, "The list of merges has no header", $"'{Shorten(text)}'", "a first line with '#version'");
                }

                continue;
            }

            if (text.Split(' ') is not [{ Length: > 0 } first, { Length: > 0 } second])
            {
                throw Bad(path, line, "Not a merge", $"'{Shorten(text)}'", "two symbols with a space between");
            }

            merges.Add((Known(first), Known(second)));
            merged.Add(first + second);
            if (first + second is BpeVocabulary.Start or BpeVocabulary.End || !indices.TryAdd(first + second, indices.Count))
            {
                throw Bad(path, line, "A token is made twice", $"'{Shorten(first + second)}'", "each token once");
            }
        }

        if (ids is not null)
        {
            CheckFit(path, ids, indices);
        }

        return new BpeVocabulary(merged, merges, ids);

        int Known(string symbol) => indices.TryGetValue(symbol, out var index) ? index
            : throw Bad(path, line, "A merge of an unknown symbol", $"'{Shorten(symbol)}'", "a byte symbol or what an earlier line makes");
    }

    private static void CheckFit(string path, Dictionary<string, int> ids, Dictionary<string, int> made)
    {
        const string what = "The vocabulary does not fit its merges";
        foreach (var token in (IEnumerable<string>)[.. made.Keys, BpeVocabulary.Start, BpeVocabulary.End])
        {
            if (!ids.ContainsKey(token))
            {
                throw new ClipException(ClipError.Data, what, path, $"'{Shorten(token)}', which {Vocab} lacks", "every token in both", Remedy);
            }
        }

        if (ids.Count != made.Count + 2)
        {
            var extra = ids.Keys.First(token => !made.ContainsKey(token) && token is not (BpeVocabulary.Start or BpeVocabulary.End));
            throw new ClipException(ClipError.Data, what, path, $"no merge that makes '{Shorten(extra)}' of {Vocab}", "every token in both", Remedy);
        }
    }

    private static Dictionary<string, int> ReadIds(string path)
    {
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        try
        {
            var json = new Utf8JsonReader(ReadBytes(path));
            json.Read();
            if (json.TokenType != JsonTokenType.StartObject)
            {
                throw Bad(path, 1, "Not a vocabulary", json.TokenType.ToString(), "an object of tokens and ids");
            }

            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                var token = json.GetString()!;
                json.Read();
                if (json.TokenType != JsonTokenType.Number || !json.TryGetInt32(out var id))
                {
                    throw new ClipException(ClipError.Data, "A token's id is no number", path, $"{json.TokenType} for '{Shorten(token)}'", "a whole number", Remedy);
                }

                if (!ids.TryAdd(token, id))
                {
                    throw new ClipException(ClipError.Data, "A token has two ids", path, $"'{Shorten(token)}' twice", "each token once", Remedy);
                }
            }

            json.Read(); // throws at anything after the object
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException) // the latter: a lone surrogate
        {
            throw new ClipException(ClipError.Data, "The vocabulary is not JSON", path, e.Message, "an object of tokens and ids", Remedy, e);
        }

        var seen = new bool[ids.Count];
        foreach (var (token, id) in ids)
        {
            if (id < 0 || id >= seen.Length || seen[id])
            {
                throw new ClipException(ClipError.Data, "The ids are not 0 to n − 1", path,
                    string.Create(CultureInfo.InvariantCulture, $"id {id} for '{Shorten(token)}' among {ids.Count} tokens"), "each id once, without gaps", Remedy);
            }

            seen[id] = true;
        }

        return ids;
    }

    private static ReadOnlySpan<byte> ReadBytes(string path)
    {
        var buffer = new byte[MaxBytes + 1];
        int length;
        try
        {
            using var file = File.OpenRead(path);
            using Stream content = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? new GZipStream(file, CompressionMode.Decompress) : file;
            length = content.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
        }
        catch (InvalidDataException e)
        {
            throw new ClipException(ClipError.Data, "Not a gzip file", path, e.Message, "a whole gzip file", Remedy, e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ClipException(ClipError.NoInput, "The vocabulary cannot be read", path, e.Message, "a readable file", "Check the file.", e);
        }

        return length <= MaxBytes ? buffer.AsSpan(0, length)
            : throw new ClipException(ClipError.Data, "The vocabulary is too large", path, "more", $"at most {MaxBytes >> 20} MiB unpacked", Remedy);
    }

    /// <summary>Lines end with LF only, since a symbol may be any other character; the CR of a Windows line end is dropped.</summary>
    private static string NextLine(ref ReadOnlySpan<byte> content, string path, int line)
    {
        var end = content.IndexOf((byte)'\n');
        var bytes = end < 0 ? content : content[..end];
        content = end < 0 ? [] : content[(end + 1)..];
        if (bytes is [.., (byte)'\r'])
        {
            bytes = bytes[..^1];
        }

        try
        {
            return StrictUtf8.GetString(bytes);
        }
        catch (DecoderFallbackException e)
        {
            throw Bad(path, line, "The list of merges is not UTF-8", e.Message, "UTF-8");
        }
    }

    private static ClipException Bad(string path, int line, string what, string found, string expected) =>
        new(ClipError.Data, what, string.Create(CultureInfo.InvariantCulture, $"{path}, line {line}"), found, expected, Remedy);

    private static string Shorten(string text) => text.Length <= 40 ? text : text[..40] + "…";
}
