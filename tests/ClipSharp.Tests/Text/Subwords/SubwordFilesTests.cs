using System.Text;
using System.Text.Json.Nodes;
using ClipSharp.Testing.Odd;
using ClipSharp.Text;
using ClipSharp.Text.Subwords;
using ClipSharp.Text.Subwords.Formats;

namespace ClipSharp.Tests.Text.Subwords;

/// <summary>Files that are damaged, or of a kind that is not known here.</summary>
public sealed class SubwordFilesTests
{
    private const string Small = "tokenizer-spm-small/";

    [Theory]
    [InlineData("siglip2", "normalizer", "null", "normalizer")] // spaces would stay
    [InlineData("siglip2", "pre_tokenizer.behavior", "\"Isolated\"", "pre_tokenizer")]
    [InlineData("siglip2", "post_processor", "null", "post_processor")]
    [InlineData("siglip2", "post_processor.single.0", "{\"SpecialToken\":{\"id\":\"<eos>\",\"type_id\":0}}", "post_processor")]
    [InlineData("siglip2", "post_processor.special_tokens.<eos>.ids.0", "900", "post_processor")]
    [InlineData("siglip2", "added_tokens.0.id", "7", "added token")]
    [InlineData("siglip2", "added_tokens.0.single_word", "true", "added_tokens")]
    [InlineData("siglip2", "model.fuse_unk", "false", "fuse_unk")]
    [InlineData("siglip2", "model.dropout", "0.1", "dropout")]
    [InlineData("siglip2", "model.ignore_merges", "true", "ignore_merges")]
    [InlineData("siglip2", "model.end_of_word_suffix", "\"</w>\"", "end_of_word_suffix")]
    [InlineData("siglip2", "model.unk_token", "\"<nothing>\"", "unknown token")]
    [InlineData("siglip2", "model.novelty", "1", "novelty")]
    [InlineData("siglip2", "model.vocab.<eos>", "2", "ids are not")]
    [InlineData("siglip2", "model.vocab.<eos>", "-1", "do not fit")]
    [InlineData("siglip2", "model.merges.0", "[\"a\",\"b\",\"c\"]", "Not a merge")]
    [InlineData("siglip2", "model.merges.0", "[\"▁\",\"zzzz\"]", "Not a merge")]
    [InlineData("siglip2", "model.merges", "3", "cannot be read")]
    [InlineData("siglip2", "model.byte_fallback", "false", "its model differs")] // byte pairs of an unknown kind
    [InlineData("worldwide", "normalizer.normalizers.0.type", "\"NFKC\"", "normalizer")]
    [InlineData("worldwide", "normalizer.normalizers.0.precompiled_charsmap", "\"AAAA\"", "map of characters")]
    [InlineData("worldwide", "normalizer.normalizers.0.precompiled_charsmap", "\"?\"", "cannot be read")]
    [InlineData("worldwide", "normalizer.normalizers.2.pattern.Regex", "\" {3,}\"", "normalizer")]
    [InlineData("worldwide", "normalizer.normalizers.2.content", "\"01234567890123456\"", "normalizer")]
    [InlineData("worldwide", "pre_tokenizer.type", "\"ByteLevel\"", "pre_tokenizer")]
    [InlineData("worldwide", "pre_tokenizer.replacement", "\"_\"", "replacement")]
    [InlineData("worldwide", "pre_tokenizer.split", "false", "split")]
    [InlineData("worldwide", "pre_tokenizer.prepend_scheme", "\"last\"", "prepend_scheme")]
    [InlineData("worldwide", "model.unk_id", "602", "do not fit")]
    [InlineData("worldwide", "model.unk_id", "null", "cannot be read")]
    [InlineData("worldwide", "model.vocab.5.1", "1e999", "Not a piece")]
    [InlineData("worldwide", "model.vocab.5.0", "\"of\"", "two ids")]
    [InlineData("worldwide", "model.vocab.5.0", "\"\"", "impossible length")]
    [InlineData("wordpiece", "normalizer.clean_text", "false", "clean_text")]
    [InlineData("wordpiece", "normalizer.strip_accents", "false", "strip_accents")]
    [InlineData("wordpiece", "normalizer", "{\"type\":\"Lowercase\"}", "normalizer")]
    [InlineData("wordpiece", "pre_tokenizer.type", "\"Whitespace\"", "pre_tokenizer")]
    [InlineData("wordpiece", "model.continuing_subword_prefix", "\"@@\"", "continuing_subword_prefix")]
    [InlineData("wordpiece", "model.type", "\"WordLevel\"", "its model differs")]
    public void Another_pipeline_is_refused_by_the_part_that_differs(string family, string member, string value, string expected)
    {
        using var folder = new TemporaryFolder();
        JsonNode json = JsonNode.Parse(File.ReadAllText(SharedFiles.Fixture(Small + family + "/tokenizer.json")))!, parent = json;
        var steps = member.Split('.');
        foreach (var step in steps[..^1])
        {
            parent = parent is JsonArray list ? list[int.Parse(step, null)]! : parent[step]!;
        }

        if (parent is JsonArray array)
        {
            array[int.Parse(steps[^1], null)] = value == "1e999" ? JsonNode.Parse("1") : JsonNode.Parse(value);
        }
        else
        {
            parent[steps[^1]] = JsonNode.Parse(value);
        }

        var text = json.ToJsonString();
        text = value == "1e999" ? text.Replace(",1],", ",1e999],", StringComparison.Ordinal) : text;
        File.WriteAllText(folder["tokenizer.json"], text);
        var refusal = Assert.Throws<ClipException>(() => TextTokenizer.Load(folder.Path));
        Assert.Contains(expected, refusal.Message, StringComparison.Ordinal);
        Assert.Contains("tokenizer.json", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(ClipError.Data, refusal.Kind);
    }

    [Theory]
    [InlineData("extra_ids", "100000", "extra_ids")]
    [InlineData("extra_ids", "\"a\"", "configuration cannot be read")]
    [InlineData("pad_token", "\"<nothing>\"", "padding is no piece")]
    public void A_configuration_that_does_not_fit_is_refused(string member, string value, string expected)
    {
        var model = SharedFiles.Fixture(Small + "mt5/spiece.model");
        var config = Encoding.UTF8.GetBytes($"{{\"{member}\":{value}}}");

        var refusal = Assert.Throws<ClipException>(() => SubwordFiles.Read(File.ReadAllBytes(model), model, config, "config",
            TextCleaning.AsIs, stripsSeparator: false));
        Assert.Contains(expected, refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[PAD]\n[UNK]\n[CLS]\n[SEP]\n", "no [MASK]")]
    [InlineData("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\na\n", "two ids")]
    [InlineData("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n\na\n", "impossible length")]
    public void A_list_of_words_that_is_none_of_BERTs_is_refused(string content, string expected)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["vocab.txt"], content);

        var refusal = Assert.Throws<ClipException>(() => TextTokenizer.Load(folder.Path));
        Assert.Contains(expected, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_of_another_layout_is_not_taken_for_XLM_Rs()
    {
        using var folder = new TemporaryFolder();
        File.Copy(SharedFiles.Fixture(Small + "mt5/spiece.model"), folder["sentencepiece.bpe.model"]);

        var refusal = Assert.Throws<ClipException>(() => TextTokenizer.Load(folder.Path));

        Assert.Contains("<unk>, <s> and </s>", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_padding_of_a_configuration_wins_as_a_word_or_as_an_object()
    {
        var path = SharedFiles.Fixture(Small + "mt5/spiece.model");

        Assert.Equal(1, Pad("""{"pad_token":"</s>"}"""));
        Assert.Equal(1, Pad("""{"pad_token":{"content":"</s>","lstrip":false}}"""));
        Assert.Equal(0, Pad("""{"pad_token":null}"""));

        int Pad(string config) => SubwordFiles.Read(File.ReadAllBytes(path), path, Encoding.UTF8.GetBytes(config), "config",
            TextCleaning.AsIs, stripsSeparator: false)!.PadToken;
    }

    [Theory]
    [InlineData("siglip2/tokenizer.json")]
    [InlineData("worldwide/tokenizer.json")]
    [InlineData("mt5/tokenizer.json")]
    [InlineData("wordpiece/tokenizer.json")]
    [InlineData("siglip2/tokenizer.model")]
    [InlineData("worldwide/sentencepiece.bpe.model")]
    [InlineData("mt5/spiece.model")]
    [InlineData("wordpiece/vocab.txt")]
    public void Mutants_are_read_or_refused(string file)
    {
        var path = SharedFiles.Fixture(Small + file);
        var clock = System.Diagnostics.Stopwatch.StartNew();

        var report = Mutations.Run(File.ReadAllBytes(path), bytes =>
            SubwordFiles.Read(bytes, path, null, "none", TextCleaning.AsIs, stripsSeparator: false)?
                .Encode("a Red ﬁsh™ </s> ▁▁  12 é\u0301 カ🦊\0"), 2000);

        Assert.True(report.Refusals.Count >= 1, string.Join("\n", report.Refusals));
        Assert.True(clock.Elapsed < TimeSpan.FromMinutes(1), $"{clock.Elapsed}");
    }

    [Fact]
    public void More_pieces_than_any_vocabulary_has_are_refused_before_they_are_all_read()
    {
        // Pieces of one character each: field 1, a message of field 1, "a".
        var file = Enumerable.Repeat<byte[]>([0x0A, 3, 0x0A, 1, (byte)'a'], PieceTable.MostPieces + 1000)
            .SelectMany(piece => piece).ToArray();
        var refusal = Assert.Throws<ClipException>(() => SentencePieceFile.Parse(file, "many.model"));
        Assert.Contains("too many pieces (many.model)", refusal.Message, StringComparison.Ordinal);
    }
}
