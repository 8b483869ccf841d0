using ClipSharp.Batching;

namespace ClipSharp.Tests.Batching;

public sealed class ParallelLoopTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(1000)]
    public void Every_number_is_done_once(int count)
    {
        var times = new int[count];
        ParallelLoop.For(count, i => Interlocked.Increment(ref times[i]));
        Assert.All(times, done => Assert.Equal(1, done));
    }

    [Fact]
    public void The_first_error_is_told_though_a_later_one_came_earlier()
    {
        using var hasFailed = new ManualResetEventSlim();
        var error = Assert.Throws<InvalidDataException>(() => ParallelLoop.For(100, i =>
        {
            if (i == 0)
            {
                hasFailed.Wait(TimeSpan.FromSeconds(1)); // on one core nobody is there to fail meanwhile
                throw new InvalidDataException("0");
            }

            hasFailed.Set();
            throw new InvalidDataException(FormattableString.Invariant($"{i}"));
        }));
        Assert.Equal("0", error.Message);
    }

    [Fact]
    public void Nothing_before_an_error_is_left_out()
    {
        var done = new int[100];
        Assert.Throws<InvalidDataException>(() => ParallelLoop.For(100, i =>
        {
            done[i] = 1;
            Thread.Sleep(1); // others are behind when it comes
            if (i == 60)
            {
                throw new InvalidDataException();
            }
        }));
        Assert.Equal(61, done.Take(61).Sum());
    }
}
