using ClipSharp.ZeroShot;

namespace ClipSharp.Tests.ZeroShot;

public sealed class ClassifierKeyTests
{
    private static readonly ClassifierKey Key = new("m", "t", ["dog", "cat"],
        [PromptTemplate.Default, PromptTemplate.Parse("{}")], 77, "torch cpu fp32");

    public static TheoryData<ClassifierKey> Others { get; } =
    [
        Key with { Model = "n" },
        Key with { Tokenizer = "u" },
        Key with { Names = ["dog", "cats"] },
        Key with { Names = ["cat", "dog"] },
        Key with { Names = ["dog", "cat", "cow"] },
        Key with { Names = ["dogcat"] },
        Key with { Names = ["do", "gcat"] },
        Key with { Templates = [PromptTemplate.Default] },
        Key with { Templates = [PromptTemplate.Parse("{}"), PromptTemplate.Default] },
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
            (Key with { Templates = [PromptTemplate.Default, PromptTemplate.Parse("{c}")], Names = [.. Key.Names] }).Hash());
}
