using ClipSharp.ZeroShot;

namespace ClipSharp.Tests.ZeroShot;

public sealed class ClassPromptsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Templates_are_filled_for_each_class()
    {
        var prompts = ClassPrompts.Fill(["dog", "cat"], [PromptTemplate.Default, PromptTemplate.Parse("{}")]);

        Assert.Equal([["a photo of a dog.", "dog"], ["a photo of a cat.", "cat"]], prompts.Texts);
        Assert.Equal(4, prompts.Count);
    }

    [Fact]
    public void A_file_gives_classes_of_its_own_numbers_of_sentences()
    {
        var path = Write("""{"dog": ["it barks", "it wags"], "cat": ["it purrs"]}""");

        Assert.Equal(["dog", "cat"], ClassPrompts.ReadFile(path).Names);
        var turned = ClassPrompts.ReadFile(path, ["cat", "dog"]);
        Assert.Equal([["it purrs"], ["it barks", "it wags"]], turned.Texts);
        Assert.Equal(3, turned.Count);
    }

    [Theory]
    [InlineData("""{"dog": ["it barks"]}""", "no \"cat\"")]
    [InlineData("""{"dog": ["it barks"], "cat": []}""", "none, or a blank one, for \"cat\"")]
    [InlineData("""{"dog": ["it barks"], "cat": ["it purrs", " "]}""", "none, or a blank one, for \"cat\"")]
    [InlineData("""{"dog": ["it barks"], "dog": ["it wags"], "cat": ["it purrs"]}""", "dog")]
    [InlineData("""["dog"]""", "line 1")]
    public void A_file_that_does_not_tell_of_every_class_is_refused(string json, string said) => Assert.Contains(said,
        Assert.Throws<ClipException>(() => ClassPrompts.ReadFile(Write(json), ["dog", "cat"])).Message, StringComparison.Ordinal);

    private string Write(string json)
    {
        var path = _folder["prompts.json"];
        File.WriteAllText(path, json);
        return path;
    }
}
