using System.Text;
using ClipSharp.Text;
using ClipSharp.Text.Repair;

namespace ClipSharp.Tests.Text;

public sealed class TextRepairTests
{
    [Theory]
    [InlineData("tokenizer", 1635)]
    [InlineData("tokenizer-small", 497)]
    public void Texts_are_repaired_as_the_reference_repairs_them(string cases, int count)
    {
        var checkedCases = TokenizerCase.Read(cases).Where(c => c.IsOpenAI).ToList();

        Assert.All(checkedCases, c => Assert.Equal(c.Repaired, TextRepair.Repair(c.Text)));
        Assert.Equal(count, checkedCases.Count);
    }

    [Theory]
    [InlineData(28591)]
    [InlineData(1250)]
    [InlineData(1251)]
    [InlineData(1252)]
    [InlineData(1253)]
    [InlineData(1254)]
    [InlineData(1257)]
    [InlineData(28592)]
    [InlineData(10000)]
    [InlineData(437)]
    public void What_was_misread_in_any_known_encoding_is_read_again(int codePage)
    {
        const string text = "crème brûlée – 5 € × 漢字 🦊"; // no byte that .NET decodes otherwise
        var encoding = codePage == 28591 ? Encoding.Latin1 : CodePagesEncodingProvider.Instance.GetEncoding(codePage)!;

        Assert.Equal(text, TextRepair.Repair(encoding.GetString(Encoding.UTF8.GetBytes(text))));
    }

    // Each value is what ftfy 6.3.1 gives.
    [Theory]
    [InlineData("Ã la carte, Ã s ruas", "à la carte, às ruas")] // A0 became a space
    [InlineData("√© – x", "√© – x")] // a dash and a space of Mac OS Roman, which as bytes look the same
    [InlineData("â€œlike this â€\ufffd", "\"like this \ufffd")] // a byte was lost
    [InlineData("í\u00a0½í¸\u0080 Ã©À\u0080", "😀 é")] // surrogates as bytes, U+0000 as two
    [InlineData("schÃ¶nÀ\n", "schön")] // where the reference takes the line's end for the second
    [InlineData("日本 cafÃ© ÃƒÂ¤", "日本 café ä")] // in places, one of them twice
    [InlineData("ÃƒÂƒÃ‚Â©", "é")]
    [InlineData("&IJLIG;À\u0080\u007f!", "IJÀ€!")]
    [InlineData("P&EACUTE;REZ &SZLIG; &nTILDE; &AMPX; &copy", "PÉREZ SS &nTILDE; &AMPX; &copy")]
    [InlineData("&CUPS; &FFLIG; &IMATH;", "\u222a\ufe00 FF I")]
    [InlineData("&#59; &#12a; &#65;&#x42; &#1;", "&#59; &#12a; AB ")]
    [InlineData("&eacute;\n<b>&eacute;\n&eacute;", "é\n<b>&eacute;\n&eacute;")] // off from markup on
    [InlineData("ŉ ǆ ﬅ “x” ‚y’ ￣", "'n dž ſt \"x\" 'y'  \u0304")]
    [InlineData("\u001b[1;3\u0663m a \u001b［0m \u001b[x1", " a  1")]
    [InlineData("\ufeffa\u206ab\ufffcc\u0000\r\rd\r\ne\u2028", "abc\n\nd\ne\n")]
    [InlineData("e\u0301\u0323 ﾊﾞ \u212b ᄒ\u1161ᆫ", "ẹ\u0301 バ Å 한")]
    public void Whatever_the_reference_puts_right_is_put_right(string text, string repaired) =>
        Assert.Equal(repaired, TextRepair.Repair(text));

    [Theory]
    [InlineData("a red ring, \"it's\" <b>\t3 + 4\n")]
    [InlineData("Straße, ÀÉÎÕÜ, naïve, ¿qué? «oui» 5 €, 3×4, ½, Ångström")]
    [InlineData("Привет, мир! Ελλάδα. 日本語のテキスト 🦊👍🏽 \u200d\ud83d\ude00")]
    public void Real_text_is_left_alone(string text) => Assert.Same(text, TextRepair.Repair(text));

    [Fact]
    public void Mojibake_within_mojibake_is_read_again_at_any_depth()
    {
        const int depth = 15;
        var text = "é";
        for (var level = 0; level < depth; level++)
        {
            text = "日" + Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(text)); // which keeps the whole from being read at once
        }

        Assert.Equal(new string('日', depth) + "é", TextRepair.Repair(text));
    }

    [Fact]
    public void Lone_surrogates_are_replaced_and_hinder_nothing()
    {
        Assert.Equal("\ufffd é \ufffd", TextRepair.Repair("\ud83d e\u0301 \udc00"));
        Assert.Equal("\ud83d é \udc00\ufffe", CanonicalComposition.Compose("\ud83d e\u0301 \udc00\ufffe"));
    }

    // Each needs as many looks as it has characters, or has places that a careless reader looks at again and again.
    [Theory]
    [InlineData("日Ã", "\u0083")]
    [InlineData("&", "amp;")]
    [InlineData("", "Ã\u0083\u0083\u0083\u0083\u0083\u0083日\n")]
    [InlineData("", "&aaaaaaaaaaaaaaaaaaaaaaaa")]
    [InlineData("", "\u001b[1")]
    [InlineData("\u001b[", "1")]
    [InlineData("a", "\u0301\u0323")]
    [InlineData("é", "Ã©\u00a0 ")]
    public void A_hostile_text_is_looked_at_a_bounded_number_of_times(string start, string repeated)
    {
        var text = start + string.Concat(Enumerable.Repeat(repeated, (1 << 20) / repeated.Length));

        TextRepair.Repair(text, out var work);

        Assert.InRange(work, text.Length, (40L * text.Length) + (1 << 22));
    }

    [Fact]
    public void A_long_line_is_taken_in_parts_of_a_million_characters()
    {
        var misread = new string('x', 999_998) + "🦊Ã" + "©"; // the million ends between the two

        Assert.Equal(misread, TextRepair.Repair(misread));
        Assert.Equal(misread[2..^2] + "é", TextRepair.Repair(misread[2..]));
    }

    [Theory]
    [InlineData("\u0061\u0315\u0300\u05ae\u0300\u0062", "\u00e0\u05ae\u0300\u0315\u0062")] // UAX #15's test of blocking
    [InlineData("\u1100\uac00\u11a8\u11a8", "\u1100\uac01\u11a8")]
    [InlineData("\u0958 \u0344 \uf900 \ud834\udd5e", "\u0915\u093c \u0308\u0301 \u8c48 \ud834\udd57\ud834\udd65")] // for good
    [InlineData("\ud804\udc99\ud804\udcba", "\ud804\udc9a")] // beyond the BMP
    public void Letters_and_marks_are_composed(string text, string composed) =>
        Assert.Equal(composed, CanonicalComposition.Compose(text));
}
