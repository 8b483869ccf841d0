using ClipSharp.Data.Batches;

namespace ClipSharp.Tests.Data.Batches;

public sealed class OrderedWorkersTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    public void Batches_come_in_order_and_whole_and_never_more_than_the_depth_are_open(int workers)
    {
        var (open, most) = (0, 0);
        using var threads = new OrderedWorkers<long[]>(5, 105, workers, depth: 3, number =>
        {
            most = Math.Max(most, Interlocked.Increment(ref open)); // one call at a time
            var batch = new long[7];
            batch[0] = number;
            return (batch, 7);
        }, (batch, slot, _) => batch[slot] = slot == 0 ? batch[0] : slot * slot);

        // as many as may be are made ahead
        Assert.True(SpinWait.SpinUntil(() => Volatile.Read(ref open) >= 3, TimeSpan.FromMinutes(1)));
        for (var i = 5; i < 105; i++)
        {
            Assert.Equal([i, 1, 4, 9, 16, 25, 36], threads.Take(Cancel)!);
            Interlocked.Decrement(ref open);
        }

        Assert.Null(threads.Take(Cancel));
        Assert.InRange(most, 1, 4); // the one being handed out and three ahead
    }

    [Fact]
    public void An_error_comes_out_where_its_batch_comes_up()
    {
        using var threads = new OrderedWorkers<object>(0, 10, 4, depth: 4, k => (k, 3),
            (batch, slot, _) => { if ((long)batch == 2 && slot == 1) { throw new InvalidDataException("slot 1"); } });

        Assert.Equal(0L, threads.Take(Cancel));
        Assert.Equal(1L, threads.Take(Cancel));
        Assert.Throws<InvalidDataException>(() => threads.Take(Cancel));
        Assert.Throws<InvalidDataException>(() => threads.Take(Cancel));
    }

    [Fact]
    public void An_error_in_opening_a_batch_comes_out_too()
    {
        using var threads = new OrderedWorkers<object>(0, 10, 2, depth: 4,
            k => k < 2 ? (k, 1) : throw new InvalidDataException("no batch 2"), (_, _, _) => { });

        threads.Take(Cancel);
        threads.Take(Cancel);
        Assert.Throws<InvalidDataException>(() => threads.Take(Cancel));
    }

    [Fact]
    public void A_cancelled_take_loses_nothing()
    {
        using var gate = new ManualResetEventSlim();
        using var threads = new OrderedWorkers<object>(0, 2, 2, depth: 2, k => (k, 1), (_, _, _) => gate.Wait(Cancel));
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var taking = Task.Run(() => threads.Take(stop.Token), Cancel);
        stop.Cancel();
        Assert.Throws<OperationCanceledException>(() => taking.GetAwaiter().GetResult());

        gate.Set();
        Assert.Equal(0L, threads.Take(Cancel));
        Assert.Equal(1L, threads.Take(Cancel));
    }

    [Fact]
    public void Disposing_ends_threads_that_wait_for_room()
    {
        var threads = new OrderedWorkers<object>(0, long.MaxValue, 3, depth: 2, k => (k, 1), (_, _, _) => { });
        threads.Take(Cancel);
        threads.Dispose(); // returns
        Assert.Throws<ObjectDisposedException>(() => threads.Take(Cancel));
    }
}
