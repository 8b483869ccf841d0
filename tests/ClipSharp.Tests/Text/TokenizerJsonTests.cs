using System.Text;
using System.Text.Json.Nodes;
using ClipSharp.Testing.Odd;
using ClipSharp.Text;

namespace ClipSharp.Tests.Text;

public sealed class TokenizerJsonTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_same_vocabulary_gives_the_same_tokenizer(bool hasPairsAsLists)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["tokenizer.json"], Json(hasPairsAsLists).ToJsonString());
        var pair = BpeTokenizer.Load(SharedFiles.Fixture("tokenizer-small/vocab.json"));
        Assert.Equal(pair.Fingerprint, BpeTokenizer.Load(folder["tokenizer.json"]).Fingerprint);
        Assert.Equal(pair.Fingerprint, BpeTokenizer.Load(folder.Path).Fingerprint);
    }

    [Theory]
    [InlineData("normalizer.normalizers.0.type", "\"NFKC\"", "normalizer")]
    [InlineData("normalizer", "null", "normalizer")]
    [InlineData("pre_tokenizer.pretokenizers.0.invert", "false", "pre_tokenizer")]
    [InlineData("pre_tokenizer.pretokenizers.1.add_prefix_space", "true", "pre_tokenizer")]
    [InlineData("post_processor.sep.1", "7", "post_processor")]
    [InlineData("model.type", "\"WordPiece\"", "model.type")]
    [InlineData("model.end_of_word_suffix", "\"\"", "model.end_of_word_suffix")]
    [InlineData("model.dropout", "0.1", "model.dropout")]
    [InlineData("model.novelty", "1", "model.novelty")]
    [InlineData("added_tokens.0.content", "\"<extra>\"", "added_tokens")]
    [InlineData("model.vocab.red</w>", "320", "ids are not")]
    [InlineData("model.merges.0", "\"a b c\"", "Not a merge")]
    [InlineData("model.merges", "3", "cannot be read")]
    public void Another_pipeline_is_refused_by_the_part_that_differs(string path, string value, string expected)
    {
        var json = Json(false);
        JsonNode parent = json;
        var steps = path.Split('.');
        foreach (var step in steps[..^1])
        {
            parent = parent is JsonArray list ? list[int.Parse(step, null)]! : parent[step]!;
        }

        if (parent is JsonArray array)
        {
            array[int.Parse(steps[^1], null)] = JsonNode.Parse(value);
        }
        else
        {
            parent[steps[^1]] = JsonNode.Parse(value);
        }

        var refusal = Assert.Throws<ClipException>(
            () => VocabularyFiles.ReadTokenizerJson(Encoding.UTF8.GetBytes(json.ToJsonString()), "t"));
        Assert.Contains(expected, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Mutants_are_read_or_refused()
    {
        var json = Json(false);
        var report = Mutations.Run(Encoding.UTF8.GetBytes(json.ToJsonString()),
            bytes => VocabularyFiles.ReadTokenizerJson(bytes, "mutant"), 1000);
        Assert.True(report.Refusals.Count >= 3, string.Join("\n", report.Refusals));
    }

    // As OpenAI's repositories on the hub have it, with the small vocabulary.
    private static JsonObject Json(bool hasPairsAsLists)
    {
        var vocab = JsonNode.Parse(File.ReadAllText(SharedFiles.Fixture("tokenizer-small/vocab.json")))!;
        var merges = File.ReadAllLines(SharedFiles.Fixture("tokenizer-small/merges.txt"))[1..]
            .Select(line => hasPairsAsLists
                ? new JsonArray([.. line.Split(' ').Select(part => JsonValue.Create(part))])
                : (JsonNode)JsonValue.Create(line));
        var json = JsonNode.Parse(
            """
            {"version":"1.0","truncation":null,"padding":null,
             "added_tokens":[{"id":1534,"content":"<|startoftext|>","single_word":false,"lstrip":false,"rstrip":false,"normalized":true,"special":true},
                             {"id":1535,"content":"<|endoftext|>","single_word":false,"lstrip":false,"rstrip":false,"normalized":false,"special":true}],
             "normalizer":{"type":"Sequence","normalizers":[{"type":"NFC"},{"type":"Replace","pattern":{"Regex":"\\s+"},"content":" "},{"type":"Lowercase"}]},
             "pre_tokenizer":{"type":"Sequence","pretokenizers":[
               {"type":"Split","pattern":{"Regex":"<\\|startoftext\\|>|<\\|endoftext\\|>|'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+"},"behavior":"Removed","invert":true},
               {"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true}]},
             "post_processor":{"type":"RobertaProcessing","sep":["<|endoftext|>",1535],"cls":["<|startoftext|>",1534],"trim_offsets":false,"add_prefix_space":false},
             "decoder":{"type":"ByteLevel","add_prefix_space":true,"trim_offsets":true},
             "model":{"type":"BPE","dropout":null,"unk_token":"<|endoftext|>","continuing_subword_prefix":"","end_of_word_suffix":"</w>","fuse_unk":false}}
            """)!.AsObject();
        json["model"]!["vocab"] = vocab;
        json["model"]!["merges"] = new JsonArray([.. merges]);
        return json;
    }
}
