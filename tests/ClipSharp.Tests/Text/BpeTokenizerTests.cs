using System.Text.Json;
using ClipSharp.Text;

namespace ClipSharp.Tests.Text;

public sealed class BpeTokenizerTests
{
    private const string Published = "tokenizer/bpe_simple_vocab_16e6.txt.gz";
    private const string Small = "tokenizer-small/bpe_small.txt.gz";

    private static readonly Lazy<BpeTokenizer> SmallTokenizer = new(() => BpeTokenizer.Load(SharedFiles.Fixture(Small)));

    [Theory]
    [InlineData(Published, "tokenizer")]
    [InlineData(Small, "tokenizer-small")]
    public void Cleaned_texts_get_the_ids_of_the_reference(string vocabulary, string cases)
    {
        var tokenizer = BpeTokenizer.Load(SharedFiles.Fixture(vocabulary));
        var checkedCases = TokenizerCase.Read(cases).Where(c => c.IsOpenAI).ToList();

        Assert.All(checkedCases, c => Assert.Equal(c.Tokens, WithEnds(tokenizer, tokenizer.EncodeCleaned(c.Cleaned))));
        Assert.True(checkedCases.Count > 400);
    }

    [Theory]
    [InlineData(Published, "tokenizer")]
    [InlineData(Small, "tokenizer-small")]
    public void Raw_texts_get_the_ids_of_the_reference(string vocabulary, string cases)
    {
        var tokenizer = BpeTokenizer.Load(SharedFiles.Fixture(vocabulary));
        var checkedCases = TokenizerCase.Read(cases).Where(c => c.IsOpenAI).ToList();

        Assert.All(checkedCases, c => Assert.Equal(c.Tokens, WithEnds(tokenizer, tokenizer.Encode(c.Text))));
        Assert.True(checkedCases.Count > 300);
    }

    [Fact]
    public void Texts_get_the_ids_of_Hugging_Face_when_cleaned_as_it_does()
    {
        var openAI = BpeTokenizer.Load(SharedFiles.Fixture(Published));
        var huggingFace = BpeTokenizer.Load(SharedFiles.Fixture(Published), TextCleaning.HuggingFace);
        var checkedCases = TokenizerCase.Read("tokenizer").Where(c => c.Group == "huggingface").ToList();

        Assert.All(checkedCases, c => Assert.Equal(c.Tokens, WithEnds(huggingFace, huggingFace.Encode(c.Text))));
        Assert.All(checkedCases, c => Assert.Equal(c.AsOpenAI, c.Tokens.SequenceEqual(WithEnds(openAI, openAI.Encode(c.Text)))));
        Assert.Equal(300, checkedCases.Count);
    }

    [Theory]
    [InlineData("it’s 'ſ a\u0345b ﬁne &amp; ＣＡＴ", "it ’ s ' ſ a \u0345 b ﬁne & amp ; ｃａｔ")]
    [InlineData("  E\u0301TE\u0301\t\u001cΣΑΣ İ\r\n", "été \u001c σασ i \u0307")]
    public void Hugging_Faces_cleaning_composes_and_lowers_and_repairs_nothing(string text, string pieces)
    {
        var tokenizer = BpeTokenizer.Load(SharedFiles.Fixture(Small), TextCleaning.HuggingFace);

        Assert.Equal(pieces, tokenizer.Decode(tokenizer.Encode(text)));
    }

    [Fact]
    public void A_tokenizer_that_cleans_otherwise_has_another_fingerprint()
    {
        var otherwise = BpeTokenizer.Load(SharedFiles.Fixture(Small), TextCleaning.HuggingFace);

        Assert.NotEqual(SmallTokenizer.Value.Fingerprint, otherwise.Fingerprint);
        Assert.Equal((TextCleaning.OpenAI, TextCleaning.HuggingFace), (SmallTokenizer.Value.Cleaning, otherwise.Cleaning));
    }

    [Theory]
    [InlineData(Published, "tokenizer", 77)]
    [InlineData(Small, "tokenizer-small", 32)]
    public void A_long_text_is_cut_and_keeps_its_end_token(string vocabulary, string cases, int contextLength)
    {
        var tokenizer = BpeTokenizer.Load(SharedFiles.Fixture(vocabulary));
        var longCases = TokenizerCase.Read(cases).Where(c => c.Context is not null && c.IsOpenAI).ToList();

        var batch = tokenizer.Tokenize([.. longCases.Select(c => c.Text)], contextLength);

        Assert.NotEmpty(longCases);
        for (var row = 0; row < longCases.Count; row++)
        {
            Assert.Equal(longCases[row].Context!, batch.Row(row).ToArray());
            Assert.Equal(Array.IndexOf(longCases[row].Context!, tokenizer.EndToken), batch.EndPositions[row]);
        }
    }

    [Fact]
    public void A_short_row_is_start_ids_end_and_zeros_whatever_was_there()
    {
        var tokenizer = SmallTokenizer.Value;
        var row = Enumerable.Repeat(-7, 12).ToArray();

        tokenizer.Tokenize("A  red\ncircle", row, out var end);

        var ids = tokenizer.Encode("a red circle");
        Assert.Equal([tokenizer.StartToken, .. ids, tokenizer.EndToken, .. new int[12 - ids.Length - 2]], row);
        Assert.Equal(ids.Length + 1, end);
    }

    [Fact]
    public void The_first_end_token_counts_when_the_text_spells_one()
    {
        var tokenizer = SmallTokenizer.Value;

        tokenizer.Tokenize("a<|endoftext|>ring", new int[8], out var end);

        Assert.Equal(2, end);
    }

    [Fact]
    public void A_text_that_just_fits_is_not_cut_and_one_more_id_is()
    {
        var tokenizer = SmallTokenizer.Value;
        var fitting = tokenizer.Tokenize(["circle circle"], 4);
        var cut = tokenizer.Tokenize(["circle circle zzz"], 4);

        Assert.Equal(fitting.Ids, cut.Ids);
        Assert.Equal(tokenizer.EndToken, fitting.Ids[3]);
        Assert.Throws<ArgumentOutOfRangeException>(() => tokenizer.Tokenize(["a"], 1));
    }

    [Fact]
    public void Both_layouts_of_a_vocabulary_are_the_same_vocabulary()
    {
        var list = SmallTokenizer.Value;
        var pair = BpeTokenizer.Load(SharedFiles.Fixture("tokenizer-small"));

        Assert.Equal(list.Fingerprint, pair.Fingerprint);
        Assert.Equal((1536, 1534, 1535), (pair.VocabularySize, pair.StartToken, pair.EndToken));
        Assert.Equal((1536, 1534, 1535), (list.VocabularySize, list.StartToken, list.EndToken));
        Assert.All(TokenizerCase.Read("tokenizer-small"), c => Assert.Equal(list.Encode(c.Text), pair.Encode(c.Text)));
    }

    [Fact]
    public void Ids_in_another_order_are_taken_from_vocab_json()
    {
        using var folder = new TemporaryFolder();
        var source = SharedFiles.Fixture("tokenizer-small");
        var reversed = ReadVocab(Path.Combine(source, "vocab.json")).ToDictionary(pair => pair.Key, pair => 1535 - pair.Value);
        File.WriteAllText(folder["vocab.json"], JsonSerializer.Serialize(reversed));
        File.Copy(Path.Combine(source, "merges.txt"), folder["merges.txt"]);

        var tokenizer = BpeTokenizer.Load(folder.Path);

        Assert.Equal((1, 0), (tokenizer.StartToken, tokenizer.EndToken));
        var ids = tokenizer.Encode("a café, 3 rings");
        Assert.Equal(SmallTokenizer.Value.Encode("a café, 3 rings").Select(id => 1535 - id), ids);
        Assert.Equal("a café , 3 rings", tokenizer.Decode(ids));
        Assert.NotEqual(SmallTokenizer.Value.Fingerprint, tokenizer.Fingerprint);
    }

    [Fact]
    public void A_saved_vocabulary_is_read_back_the_same()
    {
        using var folder = new TemporaryFolder();
        var source = SharedFiles.Fixture("tokenizer-small");

        SmallTokenizer.Value.Save(folder.Path);

        Assert.Equal(SmallTokenizer.Value.Fingerprint, BpeTokenizer.Load(folder.Path).Fingerprint);
        Assert.Equal(File.ReadAllBytes(Path.Combine(source, "merges.txt")), File.ReadAllBytes(folder["merges.txt"]));
        Assert.Equal(ReadVocab(Path.Combine(source, "vocab.json")), ReadVocab(folder["vocab.json"]));
    }

    [Fact]
    public void Random_strings_never_throw_and_decode_to_their_cleaned_form()
    {
        var tokenizer = SmallTokenizer.Value;
        var random = new Random(5);
        string[] fragments =
        [
            "&", "&#", "&amp", ";", "<|", "<|endoftext|>", "'s", "'ſ", "'", "\ud83d", "\ude00", "\r\n", "\u0000", "Σ", "İ",
            "</w>", "the ring", "12",
        ];
        for (var round = 0; round < 5000; round++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(12)).Select(_ => random.Next(3) switch
            {
                0 => fragments[random.Next(fragments.Length)],
                1 => ((char)random.Next(0x10000)).ToString(),
                _ => ((char)random.Next(0x180)).ToString(),
            }));
            var cleaned = TextCleaner.Clean(text);

            var ids = tokenizer.Encode(text);

            Assert.Equal(WithoutSpaces(cleaned), WithoutSpaces(tokenizer.Decode(ids)));
            Assert.Equal(ids, tokenizer.EncodeCleaned(cleaned));
            Assert.DoesNotContain(tokenizer.Pieces(ids), piece => piece.Any(char.IsControl));
        }

        static string WithoutSpaces(string text) => string.Concat(text.Where(c => !char.IsWhiteSpace(c) && c != '\u0345'));
    }

    [Fact]
    public void A_start_token_spelt_with_a_long_s_is_one_piece_but_no_start_token()
    {
        var tokenizer = SmallTokenizer.Value;

        var ids = tokenizer.Encode("<|ſtartoftext|> <|startoftext|>");

        Assert.Equal("<|ſtartoftext|> <|startoftext|>", tokenizer.Decode(ids)); // no space inside: one piece
        Assert.Equal(tokenizer.StartToken, ids[^1]);
        Assert.DoesNotContain(tokenizer.StartToken, ids[..^1]);
    }

    [Fact]
    public void A_combining_iota_is_passed_over_as_the_reference_pattern_does()
    {
        var tokenizer = SmallTokenizer.Value;

        Assert.Equal(tokenizer.Encode("a b ! ?"), tokenizer.Encode("a\u0345b!\u0345?"));
        Assert.Empty(tokenizer.Encode("\u0345"));
    }

    [Fact]
    public void Lone_surrogates_count_as_the_replacement_character()
    {
        var tokenizer = SmallTokenizer.Value;

        Assert.Equal(tokenizer.Encode("a \ufffd ring"), tokenizer.Encode("a \ud800 ring"));
        Assert.Equal(tokenizer.Encode("a\ufffd\ufffd"), tokenizer.EncodeCleaned("a\udc00\ud800"));
    }

    [Fact]
    public void Many_threads_get_what_one_gets()
    {
        var texts = TokenizerCase.Read("tokenizer-small").Select(c => c.Text).ToArray();
        var serial = texts.Select(BpeTokenizer.Load(SharedFiles.Fixture(Small)).Encode).ToArray();
        var shared = BpeTokenizer.Load(SharedFiles.Fixture(Small));

        var parallel = new int[8 * texts.Length][];
        var eight = new ParallelOptions { MaxDegreeOfParallelism = 8 };
        Parallel.For(0, parallel.Length, eight, i => parallel[i] = shared.Encode(texts[i % texts.Length]));

        Assert.All(Enumerable.Range(0, parallel.Length), i => Assert.Equal(serial[i % texts.Length], parallel[i]));
    }

    [Fact]
    public void A_word_of_any_length_is_merged_as_a_short_one_is()
    {
        var tokenizer = SmallTokenizer.Value;
        var word = string.Concat(Enumerable.Repeat("redcircle", 100_000));

        var ids = tokenizer.Encode(word);

        Assert.Equal(word, tokenizer.Decode(ids));
        Assert.Equal(tokenizer.Encode("redcircleredcircle")[..2], ids[..2]);
    }

    [Fact]
    public void Pieces_show_word_ends_and_parts_of_characters()
    {
        var tokenizer = SmallTokenizer.Value;

        Assert.Equal(["circle</w>", @"\xF0\x9F", @"\xA6", @"\x8A</w>"], tokenizer.Pieces(tokenizer.Encode("circle 🦊")));
        Assert.Equal(["<|startoftext|>", "<|endoftext|>"], tokenizer.Pieces([1534, 1535]));
        Assert.Throws<ArgumentOutOfRangeException>(() => tokenizer.Decode([1536]));
        Assert.Throws<ArgumentOutOfRangeException>(() => tokenizer.Pieces([-1]));
    }

    private static Dictionary<string, int> ReadVocab(string path) =>
        JsonSerializer.Deserialize<Dictionary<string, int>>(File.ReadAllText(path))!;

    private static int[] WithEnds(BpeTokenizer tokenizer, int[] ids) => [tokenizer.StartToken, .. ids, tokenizer.EndToken];
}
