using ClipSharp.Data.Sources;

namespace ClipSharp.Tests.Data.Sources;

public sealed class DataPatternTests
{
    [Theory]
    [InlineData("s-{08..11}.tar", "s-08.tar s-09.tar s-10.tar s-11.tar")]
    [InlineData("s-{8..10}.tar", "s-8.tar s-9.tar s-10.tar")]
    [InlineData("{a,b}-{0..1}.tar", "a-0.tar a-1.tar b-0.tar b-1.tar")]
    [InlineData("b-?.tar", "b-0.tar b-1.tar")]
    [InlineData("s-1*.tar", "s-10.tar s-11.tar")]
    [InlineData("a-0.tar,b-1.tar", "a-0.tar b-1.tar")]
    [InlineData("a-0.tar b-1.tar", "a-0.tar b-1.tar")]
    [InlineData("b-0.tar::a-{0,1}.tar", "b-0.tar a-0.tar a-1.tar")]
    [InlineData("with space.tar", "with space.tar")]
    [InlineData("brace{1}.tar", "brace{1}.tar")]
    [InlineData("split", "0.tar 1.tar 2.tar 3.tar 4.tar 5.tar 6.tar 7.tar 8.tar 9.tar 10.tar")]
    [InlineData("plain", "10.tar 9.tar")]
    [InlineData("pictures", "pictures")]
    public void A_pattern_names_its_files(string pattern, string expected)
    {
        using var folder = new TemporaryFolder();
        string[] names = ["s-08.tar", "s-09.tar", "s-10.tar", "s-11.tar", "s-8.tar", "s-9.tar", "a-0.tar", "a-1.tar", "b-0.tar",
            "b-1.tar", "with space.tar", "brace{1}.tar", "plain/9.tar", "plain/10.tar", "pictures/x.jpg", "split/nshards.txt",
            .. Enumerable.Range(0, 11).Select(i => $"split/{i}.tar")];
        foreach (var name in names)
        {
            folder.Write(name, name.EndsWith("nshards.txt", StringComparison.Ordinal) ? "11\n" : "");
        }

        var inFolder = string.Join("::", pattern.Split("::").Select(p =>
            string.Join(",", (p == "with space.tar" ? [p] : SplitOutsideBraces(p)).Select(i => folder[i]))));
        var found = DataPattern.Expand(inFolder).Select(Path.GetFileName);

        Assert.Equal(expected == "with space.tar" ? [expected] : expected.Split(' '), found);
    }

    [Theory]
    [InlineData("none.tar")]
    [InlineData("{3..1}.tar")]
    [InlineData("{0..9999999}.tar")]
    [InlineData("pipe:cat x.tar")]
    [InlineData("*.none")]
    [InlineData("short")]
    [InlineData("")]
    public void What_is_not_there_is_refused(string pattern)
    {
        using var folder = new TemporaryFolder();
        folder.Write("short/nshards.txt", "2");
        folder.Write("short/0.tar", "");

        var isPath = pattern.Length > 0 && !pattern.StartsWith("pipe", StringComparison.Ordinal);
        Assert.Throws<ClipException>(() => DataPattern.Expand(isPath ? folder[pattern] : pattern));
    }

    [Fact]
    public void A_range_is_looked_at_before_its_paths_are_made() =>
        Assert.Contains("a rising range", Assert.Throws<ClipException>(() => DataPattern.Expand("{0..3000000}.tar")).Message,
            StringComparison.Ordinal);

    private static string[] SplitOutsideBraces(string list) =>
        list.Contains('{', StringComparison.Ordinal) ? [list] : list.Split(',', ' ');
}
