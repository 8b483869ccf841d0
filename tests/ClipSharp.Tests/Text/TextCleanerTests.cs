using ClipSharp.Text;

namespace ClipSharp.Tests.Text;

public sealed class TextCleanerTests
{
    [Theory]
    [InlineData("tokenizer")]
    [InlineData("tokenizer-small")]
    public void Texts_are_cleaned_as_the_reference_cleans_them(string cases)
    {
        var checkedCases = TokenizerCase.Read(cases).Where(c => c.IsOpenAI).ToList();

        Assert.All(checkedCases, c => Assert.Equal(c.Cleaned, TextCleaner.Clean(c.Text)));
        Assert.True(checkedCases.Count > 300);
    }

    [Theory]
    [InlineData("&notit; &ampamp; &copy 2021", "¬it; & © 2021")] // names by their longest prefix, and twice
    [InlineData("&#150;&#x80;|&#x81;|", "–€|\u0081|")] // Windows-1252, its holes stay
    [InlineData("&#0;&#xD800;&#x110000;&#99999999999999999999;", "\ufffd\ufffd\ufffd\ufffd")]
    [InlineData("a&#1;&#xB;&#127;&#xFDD0;&#xFFFE;&#x10FFFF;b", "ab")]
    [InlineData("&#;&#x;&;&x;&#xg; & &", "&#;&#x;&;&x;&#xg; & &")]
    [InlineData("&#65&#x42 &#1234567", "ab \ufffd")]
    [InlineData("&CounterClockwiseContourIntegral;&CounterClockwiseContourIntegral", "∳&counterclockwisecontourintegral")]
    [InlineData("&acE;", "∾\u0333")] // a name of two characters
    [InlineData("&amp;amp;amp;", "&")] // the repair resolves as long as something changes,
    [InlineData("<&amp;amp;amp;", "<&amp;")] // but nothing in markup
    public void Html_references_are_resolved_twice_as_python_does(string text, string cleaned) =>
        Assert.Equal(cleaned, TextCleaner.Clean(text));

    [Theory]
    [InlineData("ΣΑΣ ΣΑΣ", "σας σας")]
    [InlineData("Σ", "σ")]
    [InlineData("Σ'Σ", "σ'ς")]
    [InlineData("ΑΣ'Α", "ασ'α")]
    [InlineData("ΑΣ\u0301", "ας\u0301")]
    [InlineData("ⅠΣ", "ⅰς")] // a cased number
    [InlineData("1Σ", "1σ")]
    [InlineData("𐐀Σ𐐀", "𐐨σ𐐨")] // cased neighbours beyond the BMP
    [InlineData("𐐀Σ", "𐐨ς")]
    [InlineData("İI", "i\u0307i")]
    [InlineData("ẞß", "ßß")]
    public void Lower_case_is_the_full_mapping_with_context(string text, string cleaned) =>
        Assert.Equal(cleaned, TextCleaner.Clean(text));

    [Fact]
    public void A_lone_surrogate_becomes_the_replacement_character_and_has_no_case() =>
        Assert.Equal("α\ufffdσ\ufffd", TextCleaner.Clean("Α\ud800Σ\udc00"));

    [Theory]
    [InlineData("\u2003 a \u3000\u2028\r\n b\u00a0", "a b")]
    [InlineData("a&#x85;b\u0085", "a…b…")] // no white space, but Windows-1252
    [InlineData("\u200ba", "\u200ba")]
    [InlineData(" \t\u001d ", "")]
    public void White_space_is_pythons(string text, string cleaned) => Assert.Equal(cleaned, TextCleaner.Clean(text));
}
