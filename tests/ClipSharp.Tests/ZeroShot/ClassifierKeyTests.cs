using ClipSharp.ZeroShot;

namespace ClipSharp.Tests.ZeroShot;

public sealed class ClassifierKeyTests
{
    private static readonly ClassifierKey Key = new("m", "t", Prompts(["dog", "cat"]), 77, "torch cpu fp32");

    public static TheoryData<ClassifierKey> Others { get; } =
    [
        Key with { Model = "n" },
        Key with { Tokenizer = "u" },
        Key with { Prompts = Prompts(["dog", "cats"]) },
        Key with { Prompts = Prompts(["cat", "dog"]) },
        Key with { Prompts = Prompts(["dog", "cat", "cow"]) },
        Key with { Prompts = Prompts(["dogcat"]) },
        Key with { Prompts = Prompts(["do", "gcat"]) },
        Key with { Prompts = Prompts(["dog", "cat"], "a photo of a {}.") },
        Key with { Prompts = Prompts(["dog", "cat"], "{}", "a photo of a {}.") },
        Key with { ContextLength = 76 },
        Key with { Engine = "torch cpu bf16" },
        Key with { Model = "mt", Tokenizer = "" },
    ];

    [Theory]
    [MemberData(nameof(Others))]
    public void Each_ingredient_changes_the_key(ClassifierKey other) => Assert.NotEqual(Key.Hash(), other.Hash());

    [Fact]
    public void Equal_ingredients_have_equal_keys_however_the_gap_is_spelt() =>
        Assert.Equal(Key.Hash(),
            (Key with { Prompts = Prompts(["dog", "cat"], "a photo of a {c}.", "{c}") }).Hash());

    private static ClassPrompts Prompts(string[] names, params string[] templates) => ClassPrompts.Fill(names,
        [.. (templates.Length > 0 ? templates : ["a photo of a {}.", "{}"]).Select(text => PromptTemplate.Parse(text))]);
}
