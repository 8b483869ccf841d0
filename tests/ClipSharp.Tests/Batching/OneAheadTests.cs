using ClipSharp.Batching;
using ClipSharp.Images;
using ClipSharp.Text;

namespace ClipSharp.Tests.Batching;

/// <summary>Batches of which one is made ready while another is computed, alike where a thread waits and where none
/// does.</summary>
public sealed class OneAheadTests
{
    private readonly List<string> _events = [];

    private static CancellationToken Now => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Batches_are_taken_in_order_and_the_next_one_is_begun_before_one_is_waited_for(bool isAsync)
    {
        await Run(isAsync, 4, Begin);
        Assert.Equal("begin 0, begin 1, take 0, begin 2, take 1, begin 3, take 2, take 3", Events);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task No_batch_and_one_batch_are_all_there(bool isAsync)
    {
        await Run(isAsync, 0, Begin);
        await Run(isAsync, 1, Begin);
        Assert.Equal("begin 0, take 0", Events);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_error_in_making_ready_comes_when_its_batch_does_and_nothing_is_begun_behind_it(bool isAsync)
    {
        var error = await Assert.ThrowsAsync<InvalidDataException>(() => Run(isAsync, 9,
            batch => batch == 2 ? throw new InvalidDataException("batch 2") : Begin(batch)));
        Assert.Equal("batch 2", error.Message);
        Assert.Equal("begin 0, begin 1, take 0, take 1", Events);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Of_two_errors_that_of_the_batch_before_is_told(bool isAsync)
    {
        var error = await Assert.ThrowsAsync<InvalidDataException>(() => Run(isAsync, 9, batch => batch == 0
            ? Task.FromException<Embeddings>(new InvalidDataException("computing 0"))
            : throw new InvalidDataException("decoding 1")));
        Assert.Equal("computing 0", error.Message);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Nothing_is_under_way_any_more_when_a_call_ends_in_an_error(bool isAsync)
    {
        var (first, next) = (new TaskCompletionSource<Embeddings>(), new TaskCompletionSource<Embeddings>());
        var isBegun = new TaskCompletionSource();
        var run = Task.Run(() => Run(isAsync, 9, batch =>
        {
            if (batch == 1)
            {
                isBegun.SetResult();
            }

            return batch == 0 ? first.Task : next.Task;
        }), Now);
        await isBegun.Task;
        first.SetException(new InvalidDataException("computing 0"));
        await Task.Delay(50, Now);
        Assert.False(run.IsCompleted);
        next.SetException(new InvalidOperationException("told to nobody"));
        await Assert.ThrowsAsync<InvalidDataException>(() => run);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Cancelled_it_takes_what_was_begun_and_begins_no_more(bool isAsync)
    {
        using var cancel = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Run(isAsync, 9, batch =>
        {
            if (batch == 1)
            {
                cancel.Cancel();
            }

            return Begin(batch);
        }, cancel: cancel.Token));
        Assert.Equal("begin 0, begin 1, take 0, take 1", Events);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Beside_a_computation_on_all_cores_a_batch_is_taken_before_the_next_is_begun(bool isAsync)
    {
        var error = await Assert.ThrowsAsync<InvalidDataException>(() => Run(isAsync, 9,
            batch => batch == 2 ? throw new InvalidDataException("batch 2") : Begin(batch), isAhead: false));
        Assert.Equal("batch 2", error.Message);
        Assert.Equal("begin 0, take 0, begin 1, take 1", Events);
    }

    [Fact]
    public async Task The_next_pictures_are_decoded_while_the_engine_computes_and_no_more_than_these()
    {
        using var engine = new WatchedEncoder(new ColourEncoder(BpeTokenizer.Load(SharedFiles.Fixture("tokenizer-small"))));
        using var worker = new ClipWorker(engine) { BatchSize = 1, MaxPictures = 2 };
        engine.Hold();
        var decoded = new SemaphoreSlim(0);
        var all = Task.Run(() => OneAhead.Run<int>([[0], [1], [2], [3]], _ => worker.BeginImages(1, () =>
        {
            decoded.Release();
            return new PixelBatch(new byte[12], 2);
        }), (_, _) => { }, isAhead: true, Now), Now);
        await engine.Entered; // the first is computed and does not end
        Assert.True(await decoded.WaitAsync(TimeSpan.FromMinutes(1), Now));
        Assert.True(await decoded.WaitAsync(TimeSpan.FromMinutes(1), Now));
        Assert.False(await decoded.WaitAsync(50, Now));
        engine.Release();
        await all;
        Assert.Equal([1, 1, 1, 1], engine.Forwards);
    }

    [Fact]
    public async Task Room_for_one_batch_is_enough()
    {
        using var worker = new ClipWorker(new ColourEncoder(BpeTokenizer.Load(SharedFiles.Fixture("tokenizer-small"))))
        {
            BatchSize = 1,
            MaxPictures = 1,
        };
        var taken = 0;
        await Task.Run(() => OneAhead.Run<int>([[0], [1], [2]],
            _ => worker.BeginImages(1, () => new PixelBatch(new byte[12], 2)), (_, _) => taken++, isAhead: true, Now), Now)
            .WaitAsync(TimeSpan.FromMinutes(1), Now);
        Assert.Equal(3, taken);
    }

    private string Events => string.Join(", ", _events);

    private Task<Embeddings> Begin(int batch)
    {
        _events.Add($"begin {batch}");
        return Task.FromResult(new Embeddings([batch], 1));
    }

    private async Task Run(bool isAsync, int count, Func<int, Task<Embeddings>> begin, bool isAhead = true,
        CancellationToken cancel = default)
    {
        int[][] batches = [.. Enumerable.Range(0, count).Select(batch => (int[])[batch])];
        if (isAsync)
        {
            await OneAhead.RunAsync(batches, batch => begin(batch[0]), Take, isAhead, cancel);
        }
        else
        {
            OneAhead.Run(batches, batch => begin(batch[0]), Take, isAhead, cancel);
        }

        void Take(int[] batch, Embeddings vectors)
        {
            Assert.Equal(batch[0], vectors.Values[0]);
            _events.Add($"take {batch[0]}");
        }
    }
}
