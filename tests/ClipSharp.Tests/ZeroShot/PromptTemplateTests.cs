using ClipSharp.ZeroShot;

namespace ClipSharp.Tests.ZeroShot;

public sealed class PromptTemplateTests
{
    [Theory]
    [InlineData("a photo of a {}.", "a photo of a red car.")]
    [InlineData("{c}", "red car")]
    [InlineData("the {c} emoji", "the red car emoji")]
    [InlineData("set {a, {}}", "set {a, red car}")]
    public void The_gap_is_filled(string template, string expected) =>
        Assert.Equal(expected, PromptTemplate.Parse(template).Fill("red car"));

    [Fact]
    public void Both_spellings_of_the_gap_are_the_same_template() =>
        Assert.Equal(PromptTemplate.Parse("a {} here"), PromptTemplate.Parse("a {c} here"));

    [Fact]
    public void A_name_with_braces_is_not_filled_again() =>
        Assert.Equal("a {} sign", PromptTemplate.Parse("a {} sign").Fill("{}"));

    [Theory]
    [InlineData("a photo")]
    [InlineData("{} and {c}")]
    [InlineData("{}{}")]
    public void A_template_without_exactly_one_gap_is_refused(string template)
    {
        var refusal = Assert.Throws<ClipException>(() => PromptTemplate.Parse(template, "--template"));
        Assert.Contains("--template", refusal.Message, StringComparison.Ordinal);
        Assert.Contains(template, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_bad_line_of_a_file_is_named()
    {
        using var folder = new TemporaryFolder();
        var path = folder["templates.txt"];
        File.WriteAllText(path, "a {c}\nno gap\n");
        Assert.Contains("line 2", Assert.Throws<ClipException>(() => PromptTemplate.ReadFile(path)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void The_emoji_set_brings_five_templates() =>
        Assert.Equal("the cat emoji",
            PromptTemplate.ReadFile(SharedFiles.Data("emoji/zeroshot_classification_templates.txt"))[4].Fill("cat"));
}
