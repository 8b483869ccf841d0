using ClipSharp.Host;

namespace ClipSharp.Tests.Host;

public sealed class ProcessorLoadTests
{
    [Theory]
    [InlineData(120, 60, 2, true)]
    [InlineData(109, 60, 2, true)]
    [InlineData(107, 60, 2, false)] // somebody else had a tenth
    [InlineData(60, 60, 1, true)]
    [InlineData(60, 60, 2, false)]
    public void Processors_are_idle_where_this_process_gets_nearly_all_of_them(int used, int wall, int threads, bool idle) =>
        Assert.Equal(idle, ProcessorLoad.IsMostlyOwn(TimeSpan.FromMilliseconds(used), TimeSpan.FromMilliseconds(wall), threads));

    [Fact]
    public void Asking_ends() => Assert.IsType<bool>(ProcessorLoad.IsIdle());
}
