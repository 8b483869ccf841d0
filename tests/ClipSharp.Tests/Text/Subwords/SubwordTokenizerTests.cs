using System.Text.RegularExpressions;
using ClipSharp.Text;

namespace ClipSharp.Tests.Text.Subwords;

/// <summary>Ids against the Rust library and sentencepiece, which wrote the cases. The selection in the repository lacks siglip,
/// whose map of characters is large.</summary>
public sealed class SubwordTokenizerTests
{
    private const string Whole = "tokenizer-spm";
    private const string Small = "tokenizer-spm-small";
    private const string SiglipJson = "siglip-tiny/open_clip/tokenizer.json";
    private const string SiglipModel = "siglip-tiny/huggingface/spiece.model";

    [Theory]
    [InlineData("tokenizer-spm/siglip", SiglipJson, TextCleaning.Canonicalize)]
    [InlineData("tokenizer-spm/siglip2", "tokenizer-spm/siglip2/tokenizer.json", TextCleaning.Canonicalize)]
    [InlineData("tokenizer-spm/worldwide", "tokenizer-spm/worldwide/tokenizer.json", TextCleaning.Whitespace)]
    [InlineData("tokenizer-spm/mt5", "tokenizer-spm/mt5/tokenizer.json", TextCleaning.Canonicalize)]
    [InlineData("tokenizer-spm/wordpiece", "tokenizer-spm/wordpiece/tokenizer.json", TextCleaning.Whitespace)]
    [InlineData("tokenizer-spm/wordpiece", "tokenizer-spm/wordpiece/vocab.txt", TextCleaning.Whitespace)]
    [InlineData("tokenizer-spm-small/siglip2", "tokenizer-spm-small/siglip2/tokenizer.json", TextCleaning.Canonicalize)]
    [InlineData("tokenizer-spm-small/worldwide", "tokenizer-spm-small/worldwide/tokenizer.json", TextCleaning.Whitespace)]
    [InlineData("tokenizer-spm-small/mt5", "tokenizer-spm-small/mt5/tokenizer.json", TextCleaning.Canonicalize)]
    [InlineData("tokenizer-spm-small/wordpiece", "tokenizer-spm-small/wordpiece/tokenizer.json", TextCleaning.Whitespace)]
    [InlineData("tokenizer-spm-small/wordpiece", "tokenizer-spm-small/wordpiece/vocab.txt", TextCleaning.Whitespace)]
    public void Texts_get_the_ids_of_open_clips_tokenizer(string cases, string file, TextCleaning cleaning)
    {
        var tokenizer = TextTokenizer.Load(SharedFiles.Fixture(file), cleaning);
        var checkedCases = ReadAll(cases);

        Assert.All(checkedCases, c => Assert.Equal(c.Tokens, WithEnds(tokenizer, tokenizer.EncodeCleaned(c.Cleaned))));
        Assert.All(checkedCases, c => Assert.Equal(c.Tokens, WithEnds(tokenizer, tokenizer.Encode(c.Text))));
    }

    [Theory]
    [InlineData("tokenizer-spm/siglip", SiglipModel)]
    [InlineData("tokenizer-spm/siglip2", "tokenizer-spm/siglip2/tokenizer.model")]
    [InlineData("tokenizer-spm/worldwide", "tokenizer-spm/worldwide/sentencepiece.bpe.model")]
    [InlineData("tokenizer-spm/mt5", "tokenizer-spm/mt5/spiece.model")]
    [InlineData("tokenizer-spm-small/siglip2", "tokenizer-spm-small/siglip2/tokenizer.model")]
    [InlineData("tokenizer-spm-small/worldwide", "tokenizer-spm-small/worldwide/sentencepiece.bpe.model")]
    [InlineData("tokenizer-spm-small/mt5", "tokenizer-spm-small/mt5/spiece.model")]
    public void A_model_of_sentencepiece_gives_the_ids_of_that_library(string cases, string file)
    {
        var tokenizer = TextTokenizer.Load(SharedFiles.Fixture(file));

        Assert.All(ReadAll(cases), c => Assert.Equal(c.Spm is null ? c.Tokens : WithEnds(tokenizer, c.Spm),
            WithEnds(tokenizer, tokenizer.EncodeCleaned(c.Cleaned))));
    }

    [Theory]
    [InlineData("tokenizer-spm/siglip", SiglipJson, TextCleaning.Canonicalize, 64, 1, false)]
    [InlineData("tokenizer-spm/siglip2", "tokenizer-spm/siglip2/tokenizer.json", TextCleaning.Canonicalize, 64, 0, false)]
    [InlineData("tokenizer-spm/worldwide", "tokenizer-spm/worldwide/tokenizer.json", TextCleaning.Whitespace, 32, 1, false)]
    [InlineData("tokenizer-spm/mt5", "tokenizer-spm/mt5/tokenizer.json", TextCleaning.Canonicalize, 32, 0, false)]
    [InlineData("tokenizer-spm/wordpiece", "tokenizer-spm/wordpiece/vocab.txt", TextCleaning.Whitespace, 32, 0, true)]
    [InlineData("tokenizer-spm-small/siglip2", "tokenizer-spm-small/siglip2", TextCleaning.Canonicalize, 64, 0, false)]
    [InlineData("tokenizer-spm-small/worldwide", "tokenizer-spm-small/worldwide", TextCleaning.Whitespace, 32, 1, false)]
    [InlineData("tokenizer-spm-small/mt5", "tokenizer-spm-small/mt5", TextCleaning.Canonicalize, 32, 0, false)]
    [InlineData("tokenizer-spm-small/wordpiece", "tokenizer-spm-small/wordpiece", TextCleaning.Whitespace, 32, 0, true)]
    public void Rows_are_cut_and_padded_as_open_clip_does(
        string cases, string path, TextCleaning cleaning, int contextLength, int pad, bool stripsSeparator)
    {
        var tokenizer = TextTokenizer.Load(SharedFiles.Fixture(path), cleaning, stripsSeparator);
        var rows = ReadAll(cases).Where(c => c.Context is not null).ToList();

        var batch = tokenizer.Tokenize([.. rows.Select(c => c.Text)], contextLength);

        Assert.Equal(pad, tokenizer.PadToken);
        Assert.Contains(rows, c => c.Tokens.Length > contextLength);
        for (var row = 0; row < rows.Count; row++)
        {
            Assert.Equal(rows[row].Context!, batch.Row(row).ToArray());
            var end = Array.IndexOf(rows[row].Tokens, tokenizer.EndToken);
            Assert.Equal(Math.Min(end, contextLength - 1), batch.EndPositions[row]);
        }
    }

    [Fact]
    public void SiglipTokenizers_own_steps_give_its_ids()
    {
        var tokenizer = TextTokenizer.Load(SharedFiles.Fixture(SiglipModel), TextCleaning.Siglip);
        // Texts that spell a special token are not in the reference.
        var checkedCases = SubwordCase.Read("tokenizer-spm/siglip")
            .Where(c => !Regex.IsMatch(c.Text, "</s>|<pad>|<unk>", RegexOptions.IgnoreCase)).ToList();

        Assert.All(checkedCases, c => Assert.Equal(c.HuggingFace ?? c.Tokens, WithEnds(tokenizer, tokenizer.Encode(c.Text))));
        Assert.True(checkedCases.Count > 300);
    }

    [Theory]
    [InlineData(Whole)]
    [InlineData(Small)]
    public void Gemmas_folder_takes_texts_as_they_are_or_lowers_them(string root)
    {
        var path = SharedFiles.Fixture(root + "/siglip2/tokenizer.json");
        var asIs = TextTokenizer.Load(path, TextCleaning.AsIs);
        var lowered = TextTokenizer.Load(path, TextCleaning.LowerOnly);

        Assert.All(ReadAll(root + "/siglip2"), c =>
        {
            Assert.Equal(c.HuggingFace ?? c.Tokens, WithEnds(asIs, asIs.Encode(c.Text)));
            Assert.Equal(c.HuggingFaceLower ?? c.Tokens, WithEnds(lowered, lowered.Encode(c.Text)));
        });
    }

    [Theory]
    [InlineData(Small + "/siglip2/tokenizer.json", 900, null, 1)]
    [InlineData(Small + "/siglip2/tokenizer.model", 900, null, 1)]
    [InlineData(Small + "/worldwide/tokenizer.json", 602, 0, 2)]
    [InlineData(Small + "/worldwide/sentencepiece.bpe.model", 602, 0, 2)]
    [InlineData(Small + "/mt5/tokenizer.json", 860, null, 1)]
    [InlineData(Small + "/mt5/spiece.model", 860, null, 1)]
    [InlineData(Small + "/wordpiece/tokenizer.json", 313, 6, 7)]
    [InlineData(Small + "/wordpiece/vocab.txt", 313, 6, 7)]
    public void What_was_saved_is_read_back_the_same(string file, int size, int? start, int end)
    {
        using var folder = new TemporaryFolder();
        var tokenizer = TextTokenizer.Load(SharedFiles.Fixture(file));

        tokenizer.Save(folder.Path);
        var again = TextTokenizer.Load(folder.Path);

        Assert.True(TextTokenizer.IsIn(folder.Path));
        Assert.Equal((size, start, end), (tokenizer.VocabularySize, tokenizer.StartToken, tokenizer.EndToken));
        Assert.Equal((tokenizer.Fingerprint, tokenizer.PadToken), (again.Fingerprint, again.PadToken));
        Assert.Equal(TextCleaning.Whitespace, again.Cleaning);
        Assert.NotEqual(again.Fingerprint, TextTokenizer.Load(folder.Path, TextCleaning.Lower).Fingerprint);
        Assert.NotEqual(again.Fingerprint, TextTokenizer.Load(folder.Path, stripsSeparator: true).Fingerprint);
    }

    [Theory]
    [InlineData("siglip2/tokenizer.json", "a red circle 🦊")]
    [InlineData("siglip2/tokenizer.model", "a red circle 🦊")]
    [InlineData("worldwide/tokenizer.json", "a red circle")]
    [InlineData("mt5/spiece.model", "a red circle 🦊")]
    [InlineData("wordpiece/vocab.txt", "a red circle")]
    public void Ids_become_their_text_again(string file, string text)
    {
        var tokenizer = TextTokenizer.Load(SharedFiles.Fixture(Small + "/" + file));

        Assert.Equal(text, tokenizer.Decode(tokenizer.Encode(text)));
        Assert.Equal(tokenizer.VocabularySize, tokenizer.Pieces(Enumerable.Range(0, tokenizer.VocabularySize)).Count);
        Assert.Throws<ArgumentOutOfRangeException>(() => tokenizer.Decode([tokenizer.VocabularySize]));
        Assert.Throws<ArgumentOutOfRangeException>(() => tokenizer.Pieces([-1]));
    }

    [Fact]
    public void Ids_that_are_known_are_framed_with_what_they_lack()
    {
        var siglip2 = TextTokenizer.Load(SharedFiles.Fixture(Small + "/siglip2"));
        var worldwide = TextTokenizer.Load(SharedFiles.Fixture(Small + "/worldwide"));

        Assert.Equal([9, 8, 1, 0], Framed(siglip2, [9, 8], 2));
        Assert.Equal([9, 8, 1, 0], Framed(siglip2, [9, 8, 1], 2));
        Assert.Equal([0, 9, 2, 1], Framed(worldwide, [9], 2));
        Assert.Equal([0, 9, 2, 1], Framed(worldwide, [0, 9, 2], 2));
        Assert.Equal((1, 2, 0), (siglip2.Missing([9]), worldwide.Missing([9]), worldwide.Missing([0, 2])));
        Assert.Throws<ArgumentException>(() => worldwide.Frame([9, 9, 9], new int[4], out _));

        static int[] Framed(TextTokenizer tokenizer, int[] ids, int end)
        {
            var row = new[] { 7, 7, 7, 7 };
            tokenizer.Frame(ids, row, out var found);
            Assert.Equal(end, found);
            return row;
        }
    }

    [Theory]
    [InlineData("siglip2/tokenizer.json")]
    [InlineData("siglip2/tokenizer.model")]
    [InlineData("worldwide/tokenizer.json")]
    [InlineData("worldwide/sentencepiece.bpe.model")]
    [InlineData("mt5/spiece.model")]
    [InlineData("wordpiece/tokenizer.json")]
    public void A_text_of_any_length_and_kind_is_encoded(string file)
    {
        var tokenizer = TextTokenizer.Load(SharedFiles.Fixture(Small + "/" + file), TextCleaning.AsIs);
        var random = new Random(3);

        Assert.NotEmpty(tokenizer.Encode(string.Concat(Enumerable.Repeat("redcircle", 100_000))));
        for (var round = 0; round < 2000; round++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(12)).Select(_ => random.Next(3) switch
            {
                0 => "</s> ",
                1 => ((char)random.Next(0x10000)).ToString(), // lone surrogates too
                _ => ((char)random.Next(0x180)).ToString(),
            }));
            Assert.All(tokenizer.Encode(text), id => Assert.InRange(id, 0, tokenizer.VocabularySize - 1));
        }
    }

    private static List<SubwordCase> ReadAll(string folder)
    {
        var cases = SubwordCase.Read(folder);
        Assert.True(cases.Count >= (folder.StartsWith(Small, StringComparison.Ordinal) ? 50 : 335), $"{cases.Count} cases");
        return cases;
    }

    private static int[] WithEnds(TextTokenizer tokenizer, int[] ids) =>
        [.. tokenizer.StartToken is { } start ? (int[])[start] : [], .. ids, tokenizer.EndToken];
}
