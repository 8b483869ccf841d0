using ClipSharp.Host;

namespace ClipSharp.Tests.Host;

public sealed class ProcessorsTests
{
    [Fact]
    public void No_more_are_allowed_than_are_there() => Assert.InRange(Processors.Allowed, 1, Processors.Seen);

    [Theory]
    [InlineData("3", 3)]
    [InlineData("4,2", 4)]
    public void The_user_names_the_threads(string named, int expected) => Assert.Equal(expected, Processors.ThreadsBy(named));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("0")]
    [InlineData("-2")]
    [InlineData("many")]
    public void Else_there_is_one_for_each_processor_allowed(string? named) =>
        Assert.Equal(Processors.Allowed, Processors.ThreadsBy(named));
}
