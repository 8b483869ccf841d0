using System.Text.Json;
using ClipSharp.Text;

namespace ClipSharp.Tests.Text;

/// <summary>open_clip's cleanings against its own functions.</summary>
public sealed class CleaningTests
{
    [Theory]
    [InlineData("tokenizer-spm", 335)]
    [InlineData("tokenizer-spm-small", 60)]
    public void Texts_are_cleaned_as_open_clip_does(string folder, int atLeast)
    {
        (string Name, TextCleaning Cleaning)[] all =
        [
            ("canonicalize", TextCleaning.Canonicalize), ("whitespace", TextCleaning.Whitespace), ("lower", TextCleaning.Lower),
            ("whitespace_underscore", TextCleaning.WhitespaceUnderscore),
        ];
        var lines = File.ReadLines(SharedFiles.Fixture(folder + "/clean.jsonl"))
            .Select(line => JsonSerializer.Deserialize<Dictionary<string, string>>(line)!).ToList();

        foreach (var (name, cleaning) in all)
        {
            Assert.All(lines, line => Assert.Equal(line.GetValueOrDefault(name, line["text"]),
                TextCleaner.Clean(line["text"], cleaning)));
        }

        Assert.True(lines.Count >= atLeast);
    }

    [Theory]
    [InlineData(TextCleaning.Siglip, " It's a_School-Bus\u001c▁ΣΑΣ-Α. ", "its aschoolbus σαςα")]
    [InlineData(TextCleaning.Canonicalize, " It's a_School-Bus ΣΑΣ-Α. ", "its a schoolbus σασα")]
    [InlineData(TextCleaning.Whitespace, " It&#39;s  a_Bus ", "It's a_Bus")]
    [InlineData(TextCleaning.AsIs, " It&#39;s  A ", " It&#39;s  A ")]
    [InlineData(TextCleaning.LowerOnly, " A </S> ", " A </S> ")] // lowered by the tokenizer
    public void Each_cleaning_does_its_own_steps(TextCleaning cleaning, string text, string expected) =>
        Assert.Equal(expected, TextCleaner.Clean(text, cleaning));

    [Fact]
    public void A_lone_surrogate_becomes_the_replacement_character()
    {
        Assert.All(Enum.GetValues<TextCleaning>(), cleaning =>
            Assert.Equal("a \ufffd b", TextCleaner.Clean("a \ud800 b", cleaning)));
        Assert.Equal("\ufffd", TextCleaner.Clean("\udc00", TextCleaning.AsIs));
    }
}
