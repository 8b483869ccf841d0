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
    public void Names_may_stand_twice_and_are_told_with_their_lines()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["names.txt"], "crane\ndog\n\nboxer\ncrane\nboxer\ncrane\n\n");

        var names = ClassNames.ReadFile(folder["names.txt"]);

        Assert.Equal(["crane", "dog", "", "boxer", "crane", "boxer", "crane"], names);
        Assert.Equal("2 class names stand several times and share what is taken for them: \"crane\" (lines 1, 5 and 7), "
            + "\"boxer\" (lines 4 and 6); line 3 is blank: that class has no name", ClassNames.Peculiarities(names));
        Assert.Null(ClassNames.Peculiarities(["crane", "dog"]));
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
