using System.Buffers.Binary;
using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using ClipSharp.Files;

namespace ClipSharp.Text;

/// <summary>Reads and writes vocabularies: one list of merges as of openai/CLIP's <c>bpe_simple_vocab_16e6.txt.gz</c>, or Hugging
/// Face's <c>vocab.json</c> with <c>merges.txt</c>. Nothing is guessed: what does not fit is refused, with the line.</summary>
internal static class VocabularyFiles
{
    private const int MaxBytes = 16 << 20;
    private const int MaxMergesOfList = 49152 - 256 - 2; // the slice openai/CLIP takes; its file is longer
    private const string Vocab = "vocab.json";
    private const string MergeList = "merges.txt";

    /// <summary>The two files of a vocabulary that <see cref="Save"/> writes.</summary>
    public static readonly IReadOnlyList<string> Names = [Vocab, MergeList];

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static BpeVocabulary Load(string path)
    {
        if (Directory.Exists(path))
        {
            return LoadFolder(path);
        }

        if (!File.Exists(path))
        {
            throw new ClipException(ClipError.NoInput, "The vocabulary does not exist", path, "nothing there",
                $"a list of merges or a folder with {Vocab} and {MergeList}", "Check the path.");
        }

        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        if (Path.GetFileName(path) is Vocab or MergeList && HasPair(folder))
        {
            return LoadPair(folder);
        }

        return Path.GetFileName(path) == TokenizerJson.FileName ? LoadTokenizerJson(path)
            : IsList(path) ? ReadMerges(ReadBytes(path), path, MaxMergesOfList, ids: null)
            : throw new ClipException(ClipError.Data, "Not a vocabulary", path, Path.GetFileName(path),
                $"*.txt.gz, *.txt, {TokenizerJson.FileName}, or {Vocab} and {MergeList} side by side",
                "Other tokenizer formats are not read.");
    }

    /// <summary>Writes vocab.json and merges.txt.</summary>
    public static void Save(BpeVocabulary vocabulary, string folder)
    {
        AtomicFile.Write(Path.Combine(folder, Vocab), stream =>
        {
            var readable = new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
            using var json = new Utf8JsonWriter(stream, readable);
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
        var text = new StringBuilder("#version: 0.2\n");
        foreach (var (first, second, _) in vocabulary.Merges)
        {
            text.Append(vocabulary.Tokens[first]).Append(' ').Append(vocabulary.Tokens[second]).Append('\n');
        }

        return text.ToString();
    }

    private static BpeVocabulary LoadFolder(string folder)
    {
        if (HasPair(folder))
        {
            return LoadPair(folder);
        }

        var whole = Path.Combine(folder, TokenizerJson.FileName);
        if (File.Exists(whole))
        {
            return LoadTokenizerJson(whole);
        }

        var lists = Directory.GetFiles(folder).Where(IsList).ToList();
        return lists.Count == 1
            ? ReadMerges(ReadBytes(lists[0]), lists[0], MaxMergesOfList, ids: null)
            : throw new ClipException(ClipError.NoInput, "The folder holds no vocabulary", folder,
                lists.Count == 0 ? "neither" : $"{lists.Count} lists of merges",
                $"{Vocab} with {MergeList}, {TokenizerJson.FileName}, or one *.txt.gz or *.txt",
                "Name the vocabulary's file itself.");
    }

    private static BpeVocabulary LoadPair(string folder) =>
        ReadMerges(ReadBytes(Path.Combine(folder, MergeList)), Path.Combine(folder, MergeList), int.MaxValue,
            ReadIds(Path.Combine(folder, Vocab)));

    private static BpeVocabulary LoadTokenizerJson(string path) => ReadTokenizerJson(ReadBytes(path).ToArray(), path);

    /// <summary>The vocabulary of a tokenizer.json in memory.</summary>
    internal static BpeVocabulary ReadTokenizerJson(byte[] json, string path)
    {
        var (ids, merges) = TokenizerJson.Parse(json, path);
        CheckIds(ids, path);
        return ReadMerges(merges, path, int.MaxValue, ids);
    }

    internal static bool HasPair(string folder) =>
        File.Exists(Path.Combine(folder, Vocab)) && File.Exists(Path.Combine(folder, MergeList));

    private static bool IsList(string path) =>
        path.EndsWith(".txt", StringComparison.OrdinalIgnoreCase) || path.EndsWith(".txt.gz", StringComparison.OrdinalIgnoreCase);

    private static BpeVocabulary ReadMerges(ReadOnlySpan<byte> content, string path, int maxMerges, Dictionary<string, int>? ids)
    {
        var indices = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var symbol in BpeVocabulary.Alphabet)
        {
            indices.Add(symbol, indices.Count);
        }

        var merged = new List<string>();
        var merges = new List<(int, int)>();
        for (var line = 1; !content.IsEmpty && merges.Count < maxMerges; line++)
        {
            var where = string.Create(CultureInfo.InvariantCulture, $"{path}, line {line}");
            var text = NextLine(ref content, where);
            if (line == 1)
            {
                if (!text.Contains("#version", StringComparison.Ordinal))
                {
                    throw Bad("The list of merges has no header", where, Quote(text), "a first line with '#version'");
                }

                continue;
            }

            if (text.Split(' ') is not [{ Length: > 0 } first, { Length: > 0 } second])
            {
                throw Bad("Not a merge", where, Quote(text), "two symbols with a space between");
            }

            merges.Add((Known(first, where), Known(second, where)));
            merged.Add(first + second);
            if (merged[^1] is BpeVocabulary.Start or BpeVocabulary.End || !indices.TryAdd(merged[^1], indices.Count))
            {
                throw Bad("A token is made twice", where, Quote(merged[^1]), "each token once");
            }
        }

        if (ids is not null)
        {
            CheckFit(path, ids, [.. indices.Keys, BpeVocabulary.Start, BpeVocabulary.End]);
        }

        return new BpeVocabulary(merged, merges, ids);

        int Known(string symbol, string where) => indices.TryGetValue(symbol, out var index) ? index
            : throw Bad("A merge of an unknown symbol", where, Quote(symbol), "a byte's symbol or what an earlier line makes");
    }

    private static void CheckFit(string path, Dictionary<string, int> ids, HashSet<string> made)
    {
        const string what = "The vocabulary does not fit its merges";
        if (made.FirstOrDefault(token => !ids.ContainsKey(token)) is { } missing)
        {
            throw Bad(what, path, $"{Quote(missing)}, which {Vocab} lacks", "every token in both");
        }

        if (ids.Keys.FirstOrDefault(token => !made.Contains(token)) is { } extra)
        {
            throw Bad(what, path, $"no merge that makes {Quote(extra)} of {Vocab}", "every token in both");
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
                throw Bad("Not a vocabulary", path, json.TokenType.ToString(), "an object of tokens and ids");
            }

            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                var token = json.GetString()!;
                json.Read();
                if (json.TokenType != JsonTokenType.Number || !json.TryGetInt32(out var id))
                {
                    throw Bad("A token's id is no number", path, $"{json.TokenType} for {Quote(token)}", "a whole number");
                }

                if (!ids.TryAdd(token, id))
                {
                    throw Bad("A token has two ids", path, $"{Quote(token)} twice", "each token once");
                }
            }

            json.Read(); // throws at anything after the object
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException) // the latter: a lone surrogate
        {
            throw Bad("The vocabulary is not JSON", path, e.Message, "an object of tokens and ids", e);
        }

        CheckIds(ids, path);
        return ids;
    }

    private static void CheckIds(Dictionary<string, int> ids, string path)
    {
        var taken = new bool[ids.Count];
        foreach (var (token, id) in ids)
        {
            if (id < 0 || id >= taken.Length || taken[id])
            {
                throw Bad("The ids are not 0 to n − 1", path, $"id {id} for {Quote(token)} among {ids.Count} tokens",
                    "each id once, without gaps");
            }

            taken[id] = true;
        }
    }

    private static ReadOnlySpan<byte> ReadBytes(string path)
    {
        var buffer = new byte[MaxBytes + 1];
        int length;
        try
        {
            using var file = File.OpenRead(path);
            var isPacked = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase);
            using Stream content = isPacked ? new GZipStream(file, CompressionMode.Decompress) : file;
            length = content.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
            if (isPacked && length <= MaxBytes)
            {
                CheckEnd(file, length, path);
            }
        }
        catch (InvalidDataException e)
        {
            throw Bad("Not a gzip file", path, e.Message, "a whole gzip file", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ClipException(ClipError.NoInput, "The vocabulary cannot be read", path, e.Message, "a readable file",
                "Check the file.", e);
        }

        return length <= MaxBytes
            ? buffer.AsSpan(0, length)
            : throw Bad("The vocabulary is too large", path, "more", $"at most {MaxBytes >> 20} MiB unpacked");
    }

    /// <summary>GZipStream takes a cut file for a whole one: the size that closes it tells them apart.</summary>
    private static void CheckEnd(FileStream file, int length, string path)
    {
        Span<byte> size = stackalloc byte[4];
        file.Position = Math.Max(0, file.Length - size.Length);
        var read = file.ReadAtLeast(size, size.Length, throwOnEndOfStream: false);
        if (read < size.Length || BinaryPrimitives.ReadUInt32LittleEndian(size) != length)
        {
            throw Bad("Not a whole gzip file", path, $"{length} bytes in it", "as many as its end says");
        }
    }

    /// <summary>Lines end with LF only, since a symbol may be any other character; the CR of a Windows line end is
    /// dropped.</summary>
    private static string NextLine(ref ReadOnlySpan<byte> content, string where)
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
            throw Bad("The list of merges is not UTF-8", where, e.Message, "UTF-8", e);
        }
    }

    private static ClipException Bad(string what, string where, string found, string expected, Exception? inner = null) =>
        new(ClipError.Data, what, where, found, expected,
            "Fetch the tokenizer files again; they must be the ones the model came with.", inner);

    private static string Quote(string text) => text.Length <= 40 ? $"'{text}'" : $"'{text[..40]}…'";
}
