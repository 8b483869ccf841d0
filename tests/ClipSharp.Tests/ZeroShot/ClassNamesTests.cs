using ClipSharp.ZeroShot;

namespace ClipSharp.Tests.ZeroShot;

public sealed class ClassNamesTests
{
    [Fact]
    public void Names_between_commas_are_trimmed() =>
        Assert.Equal(["dog", "cat", "red car"], ClassNames.Parse("dog, cat ,red car", "--labels"));

    [Theory]
    [InlineData("")]
    [InlineData("dog,,cat")]
    [InlineData("dog, ")]
    public void A_blank_name_is_refused(string list) =>
        Assert.Contains("--labels", Assert.Throws<ClipException>(() => ClassNames.Parse(list, "--labels")).Message,
            StringComparison.Ordinal);

    [Fact]
    public void No_names_are_refused() => Assert.Throws<ClipException>(() => ClassNames.Checked([], "x"));

    [Fact]
    public void Repeated_names_are_named_with_their_count()
    {
        var refusal = Assert.Throws<ClipException>(() => ClassNames.Parse("crane,dog,crane,boxer,boxer,crane", "--labels"));
        Assert.Contains("\"crane\" 3 times, \"boxer\" 2 times", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("dog", refusal.Message.Split("Tell")[0], StringComparison.Ordinal);
    }

    [Fact]
    public void Names_that_differ_in_case_differ() => Assert.Equal(2, ClassNames.Parse("Turkey,turkey", "--labels").Count);

    [Fact]
    public void Line_i_of_a_file_is_class_i()
    {
        var names = ClassNames.ReadFile(SharedFiles.Data("emoji/classnames.txt"));
        Assert.Equal(1365, names.Count);
        Assert.Equal("pirate flag", names[^1]);
    }
}
