using System.Globalization;
using System.Text.Json;

namespace ClipSharp.Text.Subwords.Formats;

/// <summary>Reads a <c>tokenizer.json</c> of Hugging Face's library that holds unigram pieces (SigLIP, XLM-R, mT5), byte pairs of
/// Gemma's kind, or WordPiece. Whatever would give other ids is refused, never approximated.</summary>
internal static class SubwordJson
{
    /// <summary>The pipeline of a file, or null when its model is of another kind, as CLIP's.</summary>
    /// <param name="json">The file's bytes.</param>
    /// <param name="path">For messages.</param>
    /// <exception cref="ClipException">It is damaged, or has a part that is not known here.</exception>
    public static SubwordPipeline? Parse(ReadOnlyMemory<byte> json, string path)
    {
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { AllowDuplicateProperties = false });
            return Read(document.RootElement, path);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException
            or IndexOutOfRangeException)
        {
            // InvalidOperation: a member of another kind, or a lone surrogate; IndexOutOfRange: a list that is too short.
            throw SubwordFault.Bad(path, "The tokenizer cannot be read", e.Message, "a tokenizer.json", e);
        }
    }

    private static SubwordPipeline? Read(JsonElement json, string path)
    {
        var model = json.GetProperty("model");
        var type = model.TryGetProperty("type", out var named) ? named.GetString() : null;
        var isGemma = type == "BPE"
            && model.TryGetProperty("byte_fallback", out var bytes) && bytes.ValueKind == JsonValueKind.True;
        if (type is not ("Unigram" or "WordPiece") && !isGemma)
        {
            var isClip = model.TryGetProperty("end_of_word_suffix", out var suffix) && suffix.ValueKind == JsonValueKind.String
                && suffix.GetString() == BpeVocabulary.WordEnd;
            return isClip ? null : throw SubwordFault.Other(path, "model",
                type is null ? "no type" : $"{type} without byte_fallback",
                    "Unigram, WordPiece, BPE with byte_fallback, or CLIP's");
        }

        var steps = SubwordJsonSteps.Normalizer(json.GetProperty("normalizer"), path);
        var before = json.GetProperty("pre_tokenizer");
        var (pieces, encoder) = type switch
        {
            "Unigram" => Unigram(model, before, path),
            "WordPiece" => WordPiece(model, before, steps, path),
            _ => Merges(model, before, steps, path),
        };
        var added = AddedTokensOf(json.GetProperty("added_tokens"), pieces, path);
        var (start, end) = SubwordJsonSteps.Ends(json.GetProperty("post_processor"), pieces.Count, path);
        return new SubwordPipeline
        {
            Pieces = pieces,
            Added = new AddedTokens(added.Where(token => !token.IsAfter).Select(token => token.Token)),
            AddedAfter = new AddedTokens(added.Where(token => token.IsAfter)
                .Select(token => token.Token with { Content = steps.Apply(token.Token.Content) })
                .Where(token => token.Content.Length > 0)),
            Normalize = steps.Apply,
            Encoder = encoder,
            Start = start,
            End = end,
            Pad = Math.Max(pieces.IndexOf("<pad>"), pieces.IndexOf("[PAD]")) is >= 0 and var pad ? pad : end,
            IsWordPiece = type == "WordPiece",
        };
    }

    private static (List<string> Pieces, ISubwordEncoder Encoder) Unigram(JsonElement model, JsonElement before, string path)
    {
        var pieces = new List<string>();
        var scores = new List<double>();
        foreach (var pair in model.GetProperty("vocab").EnumerateArray())
        {
            pieces.Add(pair[0].GetString() ?? "");
            scores.Add(pair[1].GetDouble());
            if (pair.GetArrayLength() != 2 || !double.IsFinite(scores[^1]))
            {
                throw SubwordFault.Bad(path, "Not a piece and its score", pair.GetRawText(), "two members, the second finite");
            }
        }

        var table = new PieceTable(pieces, path);
        var unknown = Id(model.GetProperty("unk_id"), pieces.Count, "model.unk_id", path);
        SubwordJsonSteps.RequireMembers(model, path, "type", "vocab", "unk_id", "byte_fallback");
        var falls = model.TryGetProperty("byte_fallback", out var value) && value.GetBoolean();
        var byteIds = falls ? PieceTable.BytesOf(pieces) : null;
        var unigram = new UnigramEncoder(table, id => scores[id], scores.Min(), unknown, byteIds, isSingle: false);
        var (prefix, splits) = SubwordJsonSteps.Metaspace(before, path);
        return (pieces, new MetaspaceUnigram(unigram, prefix, splits));
    }

    private static (List<string> Pieces, ISubwordEncoder Encoder) Merges(
        JsonElement model, JsonElement before, SubwordJsonSteps steps, string path)
    {
        var pieces = Vocabulary(model.GetProperty("vocab"), path);
        var table = new PieceTable(pieces, path);
        SubwordJsonSteps.RequireMembers(model, path, "type", "vocab", "merges", "unk_token", "byte_fallback", "fuse_unk",
            "dropout", "continuing_subword_prefix", "end_of_word_suffix", "ignore_merges");
        SubwordJsonSteps.Require(model, "fuse_unk", path, "true");
        SubwordJsonSteps.Require(model, "dropout", path, "null");
        SubwordJsonSteps.Require(model, "continuing_subword_prefix", path, "null", "\"\"");
        SubwordJsonSteps.Require(model, "end_of_word_suffix", path, "null", "\"\"");
        SubwordJsonSteps.Require(model, "ignore_merges", path, "false");
        steps.RequireNoSpaces(path);
        SubwordJsonSteps.RequireNoSplit(before, path);

        var merges = new Dictionary<(int, int), (int, int)>();
        foreach (var merge in model.GetProperty("merges").EnumerateArray())
        {
            var parts = merge.ValueKind == JsonValueKind.Array
                ? [.. merge.EnumerateArray().Select(part => part.GetString() ?? "")]
                : merge.GetString()!.Split(' ');
            (int First, int Second, int Merged) ids = parts is [var first, var second]
                && first.Length + second.Length <= PieceTable.MostOfPiece
                ? (table.Find(first), table.Find(second), table.Find(first + second))
                : (-1, -1, -1);
            if (ids.First < 0 || ids.Second < 0 || ids.Merged < 0
                || !merges.TryAdd((ids.First, ids.Second), (merges.Count, ids.Merged)))
            {
                throw SubwordFault.Bad(path, "Not a merge", merge.GetRawText(), "two pieces that make a third, each pair once");
            }
        }

        return (pieces, new MergeEncoder(table, merges, Named(model, pieces, path), PieceTable.BytesOf(pieces)));
    }

    private static (List<string> Pieces, ISubwordEncoder Encoder) WordPiece(
        JsonElement model, JsonElement before, SubwordJsonSteps steps, string path)
    {
        var pieces = Vocabulary(model.GetProperty("vocab"), path);
        SubwordJsonSteps.RequireMembers(model, path, "type", "vocab", "unk_token", "continuing_subword_prefix",
            "max_input_chars_per_word");
        SubwordJsonSteps.Require(model, "continuing_subword_prefix", path, $"\"{WordPieceEncoder.Inside}\"");
        steps.RequireBert(path);
        SubwordJsonSteps.RequireBertWords(before, path);
        var most = model.GetProperty("max_input_chars_per_word").GetInt32();
        return (pieces, new WordPieceEncoder(new PieceTable(pieces, path), Named(model, pieces, path), most));
    }

    private static List<string> Vocabulary(JsonElement vocab, string path)
    {
        var members = vocab.EnumerateObject().ToList();
        var pieces = new string?[members.Count];
        foreach (var member in members)
        {
            var id = Id(member.Value, pieces.Length, "model.vocab", path);
            if (pieces[id] is not null)
            {
                throw SubwordFault.Bad(path, "The ids are not 0 to n − 1", member.ToString(), "each id once, without gaps");
            }

            pieces[id] = member.Name;
        }

        return [.. pieces.Select(piece => piece!)]; // as many ids as places, none twice
    }

    private static int Named(JsonElement model, List<string> pieces, string path) =>
        pieces.IndexOf(model.GetProperty("unk_token").GetString()!) is >= 0 and var id ? id
            : throw SubwordFault.Bad(path, "The unknown token is no piece", model.GetProperty("unk_token").GetRawText(),
                "a piece");

    private static int Id(JsonElement value, int count, string member, string path) =>
        value.TryGetInt32(out var id) && id >= 0 && id < count ? id
            : throw SubwordFault.Bad(path, $"The ids of {member} do not fit", value.GetRawText(),
                string.Create(CultureInfo.InvariantCulture, $"0 to {count - 1}"));

    // Those behind the vocabulary continue its ids.
    private static List<(AddedToken Token, bool IsAfter)> AddedTokensOf(JsonElement list, List<string> pieces, string path)
    {
        var tokens = new List<(AddedToken, bool)>();
        foreach (var token in list.EnumerateArray())
        {
            var (id, content) = (token.GetProperty("id").GetInt32(), token.GetProperty("content").GetString() ?? "");
            if (id == pieces.Count)
            {
                pieces.Add(content);
            }

            if (id < 0 || id >= pieces.Count || pieces[id] != content || content.Length is 0 or > PieceTable.MostOfPiece)
            {
                throw SubwordFault.Bad(path, "An added token does not fit the vocabulary", token.GetRawText(),
                    "the piece of its id, or the next id");
            }

            if (token.GetProperty("single_word").GetBoolean())
            {
                throw SubwordFault.Other(path, "added_tokens", token.GetRawText(), "tokens that need not be words");
            }

            var (left, right) = (token.GetProperty("lstrip").GetBoolean(), token.GetProperty("rstrip").GetBoolean());
            tokens.Add((new AddedToken(content, id, left, right), token.GetProperty("normalized").GetBoolean()));
        }

        return tokens;
    }
}
