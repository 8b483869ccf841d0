using ClipSharp.Batching;
using ClipSharp.Images;
using ClipSharp.Text;

namespace ClipSharp.Tests.Batching;

/// <summary>An engine that can be held shows what waits together, without a clock.</summary>
public sealed class ClipWorkerTests : IDisposable
{
    private readonly WatchedEncoder _engine = new(new FirstByteEncoder());
    private readonly ClipWorker _worker;

    public ClipWorkerTests() => _worker = new ClipWorker(_engine) { MaxDelay = TimeSpan.Zero };

    private static CancellationToken Now => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _engine.Release();
        _worker.Dispose();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_an_engine_is_may_be_asked_of_its_worker_when_it_is_disposed_too(bool leavesFree)
    {
        var worker = new ClipWorker(new OpenEncoder(leavesFree));
        RequireAsTheEngine();
        worker.Dispose();
        RequireAsTheEngine();

        void RequireAsTheEngine()
        {
            Assert.Equal(leavesFree, worker.LeavesProcessorFree);
            Assert.Equal(1, worker.EmbedDim);
            Assert.Equal(2, worker.ImageFeatureDim);
            Assert.Equal("open", worker.Engine);
        }
    }

    [Fact]
    public async Task What_waits_shares_a_forward_with_its_kind_and_each_gets_its_own_rows_in_order()
    {
        var first = await Held();
        var pictures = Enumerable.Range(1, 5).Select(i => _worker.EncodeImagesAsync(Pictures(i, 10 + i), Now)).ToList();
        var text = _worker.EncodeTextsAsync(Text(7), Now);
        var (later, otherText) = (_worker.EncodeImagesAsync(Pictures(20), Now), _worker.EncodeTextsAsync(Text(8), Now));
        _engine.Release();

        Assert.Equal("0", Seen(await first));
        Assert.All(pictures.Index(), p => Assert.Equal($"{p.Index + 1} {p.Index + 11}", Seen(p.Item.Result)));
        Assert.Equal(("20", "7", "8"), (Seen(await later), Seen(await text), Seen(await otherText)));
        Assert.Equal([1, 11, 2], _engine.Forwards);
    }

    [Fact]
    public async Task A_forward_is_at_most_a_batch_and_no_request_is_cut()
    {
        _worker.BatchSize = 4;
        var first = await Held();
        int[] sizes = [3, 2, 2, 1, 5, 1];
        var calls = sizes.Select(size => _worker.EncodeImagesAsync(Pictures([.. Enumerable.Repeat(9, size)]), Now)).ToList();
        _engine.Release();

        await first;
        Assert.Equal(sizes, (await Task.WhenAll(calls)).Select(vectors => vectors.Count));
        Assert.Equal([1, 3, 4, 1, 5, 1], _engine.Forwards);
    }

    [Fact]
    public async Task After_a_shared_forward_the_next_waits_for_others_until_its_batch_is_full()
    {
        (_worker.BatchSize, _worker.MaxDelay) = (3, TimeSpan.FromHours(1));
        var first = await Held();
        List<Task<Embeddings>> calls = [.. Enumerable.Range(0, 6).Select(i => _worker.EncodeImagesAsync(Pictures(i), Now))];
        _engine.Release();
        await first;
        await Task.WhenAll(calls[..3]);
        await Task.WhenAll(calls[3..]);
        for (var round = 0; round < 50; round++) // one that did not wait would now and then be quicker than the callers
        {
            calls = [.. Enumerable.Range(0, 3).Select(i => _worker.EncodeImagesAsync(Pictures(i), Now))];
            await Task.WhenAll(calls);
        }

        Assert.Equal([1, .. Enumerable.Repeat(3, 52)], _engine.Forwards);

        var patient = _worker.EncodeImagesAsync(Pictures(1), Now);
        _worker.Dispose(); // does not wait for the hour
        await Assert.ThrowsAsync<ObjectDisposedException>(() => patient);
    }

    [Fact]
    public async Task Whoever_is_alone_does_not_wait_for_others()
    {
        _worker.MaxDelay = TimeSpan.FromDays(1);
        await _worker.EncodeImagesAsync(Pictures(1), Now);
        Assert.Equal("2", Seen(await _worker.EncodeImagesAsync(Pictures(2), Now)));
    }

    [Fact]
    public async Task An_error_reaches_only_the_caller_whose_it_is()
    {
        var first = await Held();
        var (good, bad, other) = (_worker.EncodeImagesAsync(Pictures(1), Now),
            _worker.EncodeImagesAsync(Pictures(FirstByteEncoder.Refused), Now), _worker.EncodeImagesAsync(Pictures(3), Now));
        _engine.Release();

        await first;
        Assert.Equal("1", Seen(await good));
        Assert.Equal("3", Seen(await other));
        Assert.Equal("refused", (await Assert.ThrowsAsync<InvalidOperationException>(() => bad)).Message);
        Assert.Throws<InvalidOperationException>(() => _worker.EncodeImages(Pictures(FirstByteEncoder.Refused)));
        Assert.Equal("4", Seen(await _worker.EncodeImagesAsync(Pictures(4), Now)));
    }

    [Fact]
    public async Task Pictures_of_another_size_and_texts_of_another_length_are_computed_apart()
    {
        var first = await Held();
        var calls = new[]
        {
            _worker.EncodeImagesAsync(Pictures(1), Now), _worker.EncodeImagesAsync(new PixelBatch(new byte[12], 2), Now),
            _worker.EncodeImagesAsync(Pictures(3), Now), _worker.EncodeTextsAsync(Text(4), Now),
            _worker.EncodeTextsAsync(new TokenBatch([5, 1, 5, 1], 2, [1, 1]), Now), _worker.EncodeTextsAsync(Text(6), Now),
        };
        _engine.Release();
        await first;
        Assert.Equal(["1", "0", "3", "4", "5 5", "6"], (await Task.WhenAll(calls)).Select(Seen));
        Assert.Equal([1, 2, 1, 2, 2], _engine.Forwards);
    }

    [Fact]
    public async Task A_call_is_cancelled_until_its_forward_begins_and_answered_after()
    {
        using var begun = new CancellationTokenSource();
        using var waiting = new CancellationTokenSource();
        _engine.Hold();
        var first = _worker.EncodeImagesAsync(Pictures(0), begun.Token);
        await _engine.Entered;
        var second = _worker.EncodeImagesAsync(Pictures(1), waiting.Token);
        await begun.CancelAsync();
        await waiting.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _worker.EncodeImagesAsync(Pictures(1), waiting.Token));
        _engine.Release();

        Assert.Equal("0", Seen(await first));
        Assert.Equal("2", Seen(await _worker.EncodeImagesAsync(Pictures(2), Now)));
        Assert.Equal([1, 1], _engine.Forwards);
    }

    [Fact]
    public async Task Pictures_beyond_the_room_wait_undecoded_and_none_is_lost()
    {
        _worker.MaxPictures = 4;
        var first = await Held();
        var inside = _worker.EncodeImagesAsync(Pictures(1, 2, 3), Now);
        var decoded = 0;
        var outside = Enumerable.Range(4, 10).Select(i => _worker.EncodeImagesAsync(1, () =>
        {
            Interlocked.Increment(ref decoded);
            return Pictures(i);
        }, Now)).ToList();
        using var giveUp = new CancellationTokenSource();
        var large = _worker.EncodeImagesAsync(9, () => Pictures([.. Enumerable.Repeat(50, 9)]), giveUp.Token);
        var small = _worker.EncodeImagesAsync(Pictures(60), Now);
        var alone = _worker.EncodeImagesAsync(Pictures([.. Enumerable.Repeat(70, 9)]), Now); // larger than the room
        await giveUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => large);
        Assert.Equal(0, decoded);
        _engine.Release();

        await first;
        await inside;
        Assert.Equal("4 5 6 7 8 9 10 11 12 13", string.Join(' ', (await Task.WhenAll(outside)).Select(Seen)));
        Assert.Equal("60", Seen(await small));
        Assert.Equal(9, (await alone).Count);
        Assert.Equal(1 + 3 + 10 + 1 + 9, _engine.Pictures);
    }

    [Fact]
    public async Task Texts_are_counted_by_their_tokens()
    {
        _worker.MaxTokens = 6; // a text here has 3
        var first = await Held();
        var calls = Enumerable.Range(1, 4).Select(i => _worker.EncodeTextsAsync(Text(i), Now)).ToList();
        _engine.Release();
        await first;
        Assert.Equal("1 2 3 4", string.Join(' ', (await Task.WhenAll(calls)).Select(Seen)));
        Assert.True(_engine.Forwards.Max() <= 2);
    }

    [Fact]
    public async Task Texts_of_a_caller_that_waits_on_its_thread_are_counted_alike()
    {
        _worker.MaxTokens = 4; // one text
        var first = await Held();
        var inside = _worker.EncodeTextsAsync(Text(1), Now);
        Embeddings? answer = null;
        var outside = new Thread(() => answer = _worker.EncodeTexts(Text(2)));
        outside.Start();
        SpinWait.SpinUntil(() => outside.ThreadState.HasFlag(ThreadState.WaitSleepJoin));
        _engine.Release();
        await first;
        outside.Join();
        Assert.Equal(("1", "2"), (Seen(await inside), Seen(answer!)));
        Assert.Equal([1, 1, 1], _engine.Forwards);
    }

    [Fact]
    public async Task A_picture_that_cannot_be_decoded_gives_its_room_back()
    {
        _worker.MaxPictures = 1;
        for (var i = 0; i < 3; i++)
        {
            await Assert.ThrowsAsync<FormatException>(() => _worker.EncodeImagesAsync(1, () => throw new FormatException(), Now));
            Assert.Throws<FormatException>(() => _worker.EncodeImages(1, () => throw new FormatException()));
        }

        Assert.Equal("5", Seen(_worker.EncodeImages(Pictures(5))));
    }

    [Fact]
    public async Task Disposing_answers_the_forward_under_way_and_refuses_the_rest_with_one_error()
    {
        _worker.MaxPictures = 2;
        var first = await Held();
        var (waiting, outside) = (_worker.EncodeImagesAsync(Pictures(1), Now), _worker.EncodeImagesAsync(Pictures(2), Now));
        var disposal = Task.Run(_worker.Dispose, Now);
        var errors = new[]
        {
            await Assert.ThrowsAsync<ObjectDisposedException>(() => waiting),
            await Assert.ThrowsAsync<ObjectDisposedException>(() => outside),
        };
        Assert.Single(errors.Select(error => error.Message).Distinct());
        Assert.False(_engine.IsDisposed);
        _engine.Release();
        await disposal;

        Assert.Equal("0", Seen(await first));
        Assert.Equal([1], _engine.Forwards);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => _worker.EncodeImagesAsync(Pictures(1), Now));
        Assert.Throws<ObjectDisposedException>(() => _worker.EncodeTexts(Text(1)));
        Assert.Throws<ObjectDisposedException>(() => _worker.Logits);
        _worker.Dispose();
        Assert.Equal((1, false), (_engine.Disposals, _engine.WasDisposedUnderway));
    }

    [Fact]
    public async Task Nothing_asked_is_nothing_computed()
    {
        Assert.Equal(0, (await _worker.EncodeImagesAsync(new PixelBatch([], 1), Now)).Count);
        Assert.Equal(0, _worker.EncodeTexts(new TokenBatch([], 4, [])).Count);
        Assert.Empty(_engine.Forwards);
    }

    [Fact]
    public void Sizes_without_sense_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => _worker.BatchSize = 0);
        Assert.Throws<ArgumentOutOfRangeException>(() => _worker.MaxPictures = 0);
        Assert.Throws<ArgumentOutOfRangeException>(() => _worker.MaxTokens = 0);
        Assert.Throws<ArgumentOutOfRangeException>(() => _worker.MaxDelay = TimeSpan.FromTicks(-1));
    }

    // A call whose forward has begun and does not end before Release.
    private async Task<Task<Embeddings>> Held()
    {
        _engine.Hold();
        var call = _worker.EncodeImagesAsync(Pictures(0), Now);
        await _engine.Entered;
        return call;
    }

    private static PixelBatch Pictures(params int[] values) =>
        new([.. values.SelectMany(v => new[] { (byte)v, (byte)0, (byte)0 })], 1);

    private static TokenBatch Text(int id) => new([id, 1, 2, 0], 4, [2]);

    private static string Seen(Embeddings vectors) => string.Join(' ', vectors.Values);

    // A row's vector is its first byte or id.
    private sealed class FirstByteEncoder : IClipEncoder
    {
        public const int Refused = 200;

        public int EmbedDim => 1;

        public Logits Logits => new(1);

        public string Engine => "first byte";

        public Embeddings EncodeImages(PixelBatch pixels)
        {
            float[] values = [.. Enumerable.Range(0, pixels.Count).Select(row => (float)pixels.Picture(row)[0])];
            return values.Contains(Refused) ? throw new InvalidOperationException("refused") : new Embeddings(values, 1);
        }

        public Embeddings EncodeTexts(TokenBatch tokens) =>
            new([.. Enumerable.Range(0, tokens.Count).Select(row => (float)tokens.Row(row)[0])], 1);

        public void Dispose()
        {
        }
    }

    // Says nothing any more once it is disposed.
    private sealed class OpenEncoder(bool leavesFree) : IClipEncoder
    {
        private bool _isDisposed;

        public int EmbedDim => WhileOpen(1);

        public int? ImageFeatureDim => WhileOpen(2);

        public Logits Logits => WhileOpen(new Logits(1));

        public string Engine => WhileOpen("open");

        public bool LeavesProcessorFree => WhileOpen(leavesFree);

        public Embeddings EncodeImages(PixelBatch pixels) => throw new NotSupportedException();

        public Embeddings EncodeTexts(TokenBatch tokens) => throw new NotSupportedException();

        public void Dispose() => _isDisposed = true;

        private T WhileOpen<T>(T value) => _isDisposed ? throw new ObjectDisposedException(nameof(OpenEncoder)) : value;
    }
}
