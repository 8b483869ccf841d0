using System.Diagnostics;
using ClipSharp.Images;
using ClipSharp.Text;

namespace ClipSharp.Batching;

/// <summary>Many callers, one engine: any number of threads hand in pictures and texts, one thread of its own computes what
/// waits, as many rows together as fit in a batch. Requests of a kind are computed in the order in which they came; each gets its
/// own vectors or its own error, and vectors do not depend on whom they were computed with (see <see cref="IClipEncoder"/>).
/// Asynchronous callers hold no thread while they wait. Properties are set before the first call.</summary>
public sealed class ClipWorker : IClipEncoder
{
    private readonly IClipEncoder _engine;
    private readonly WaitingRoom _pictures = new(1024);
    private readonly WaitingRoom _tokens = new(1 << 16);
    private readonly object _gate = new();
    private readonly List<EncodeRequest> _waiting = []; // oldest first
    private readonly Thread _thread;
    private bool _wasShared; // whether the last forward was of several callers
    private bool _isClosed;
    private int _isDisposed;

    /// <param name="engine">Called by the worker's thread alone; disposed with this.</param>
    public ClipWorker(IClipEncoder engine)
    {
        ArgumentNullException.ThrowIfNull(engine);
        _engine = engine;
        EmbedDim = engine.EmbedDim;
        Engine = engine.Engine;
        ImageFeatureDim = engine.ImageFeatureDim;
        LeavesProcessorFree = engine.LeavesProcessorFree;
        _thread = new Thread(Work) { IsBackground = true, Name = "clip worker" };
        _thread.UnsafeStart();
    }

    /// <summary>Pictures or texts a forward, 1 or more. A request is not cut: a larger one is a forward of its own.</summary>
    public int BatchSize
    {
        get;
        set => field = value >= 1 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "A batch has 1 or more.");
    } = 64;

    /// <summary>How long a request may wait for others to share its forward. Only where the last forward was shared: whoever is
    /// alone never waits.</summary>
    public TimeSpan MaxDelay
    {
        get;
        set => field = value >= TimeSpan.Zero && value <= TimeSpan.FromDays(1)
            ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, "A delay is between 0 and a day.");
    } = TimeSpan.FromMilliseconds(2);

    /// <summary>Pictures that are decoded, wait or compute at once, 1 or more; callers beyond wait with theirs
    /// undecoded.</summary>
    public long MaxPictures
    {
        get => _pictures.Size;
        set => _pictures.Size = value;
    }

    /// <summary>Tokens that wait or compute at once, 1 or more; callers beyond wait for room.</summary>
    public long MaxTokens
    {
        get => _tokens.Size;
        set => _tokens.Size = value;
    }

    /// <inheritdoc/>
    public int EmbedDim { get; }

    /// <inheritdoc/>
    public Logits Logits
    {
        get
        {
            lock (_gate)
            {
                ThrowIfClosed();
            }

            return _engine.Logits;
        }
    }

    /// <inheritdoc/>
    public string Engine { get; }

    /// <inheritdoc/>
    public bool LeavesProcessorFree { get; }

    /// <inheritdoc/>
    /// <exception cref="ObjectDisposedException">It was disposed before the computation began.</exception>
    public Embeddings EncodeImages(PixelBatch pixels)
    {
        ArgumentNullException.ThrowIfNull(pixels);
        return EncodeImages(pixels.Count, () => pixels);
    }

    /// <inheritdoc/>
    public int? ImageFeatureDim { get; }

    /// <inheritdoc/>
    /// <exception cref="ObjectDisposedException">It was disposed before the computation began.</exception>
    public Embeddings EncodeImageFeatures(PixelBatch pixels)
    {
        ArgumentNullException.ThrowIfNull(pixels);
        return BeginImageFeatures(pixels.Count, () => pixels).GetAwaiter().GetResult();
    }

    /// <inheritdoc/>
    /// <exception cref="ObjectDisposedException">It was disposed before the computation began.</exception>
    public Embeddings EncodeTexts(TokenBatch tokens)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        return BeginTexts(tokens).GetAwaiter().GetResult();
    }

    /// <summary>Unit vectors of pictures.</summary>
    /// <param name="pixels">uint8 [B, 3, H, W]; left alone until the answer is there.</param>
    /// <param name="cancel">Ends the wait until the computation has begun.</param>
    /// <returns>[B, E].</returns>
    /// <exception cref="ObjectDisposedException">It was disposed before the computation began.</exception>
    public Task<Embeddings> EncodeImagesAsync(PixelBatch pixels, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(pixels);
        return EncodeAsync(_pictures, pixels.Count, () => Task.FromResult<EncodeRequest>(new PictureRequest(pixels)), cancel);
    }

    /// <summary>Unit vectors of texts.</summary>
    /// <param name="tokens">[B, T]; left alone until the answer is there.</param>
    /// <param name="cancel">Ends the wait until the computation has begun.</param>
    /// <returns>[B, E].</returns>
    /// <exception cref="ObjectDisposedException">It was disposed before the computation began.</exception>
    public Task<Embeddings> EncodeTextsAsync(TokenBatch tokens, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        return EncodeAsync(_tokens, tokens.TokenCount, () => Task.FromResult<EncodeRequest>(new TextRequest(tokens)), cancel);
    }

    /// <summary>Waits for the forward under way, whose callers get their vectors; whoever had not begun gets an <see
    /// cref="ObjectDisposedException"/>. Then disposes the engine.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _isClosed = true;
            _waiting.ForEach(request => request.Fail(Closed()));
            _waiting.Clear();
            Monitor.PulseAll(_gate);
        }

        _pictures.Close(Closed);
        _tokens.Close(Closed);
        _thread.Join();
        if (Interlocked.Exchange(ref _isDisposed, 1) == 0)
        {
            _engine.Dispose();
        }
    }

    /// <summary>Vectors of pictures that are decoded within this call as soon as there is room for them.</summary>
    internal Embeddings EncodeImages(int count, Func<PixelBatch> decode) =>
        BeginImages(count, decode).GetAwaiter().GetResult();

    /// <summary>The same for who decodes others while these are computed. Until the answer is there they take room.</summary>
    internal Task<Embeddings> BeginImages(int count, Func<PixelBatch> decode) =>
        Begin(_pictures, count, () => new PictureRequest(decode()));

    /// <summary>The same of features before the last projection.</summary>
    internal Task<Embeddings> BeginImageFeatures(int count, Func<PixelBatch> decode) =>
        Begin(_pictures, count, () => new FeatureRequest(decode()));

    /// <summary>The same of texts.</summary>
    internal Task<Embeddings> BeginTexts(TokenBatch tokens) => Begin(_tokens, tokens.TokenCount, () => new TextRequest(tokens));

    /// <summary>Vectors of pictures that are decoded on the thread pool as soon as there is room for them.</summary>
    internal Task<Embeddings> EncodeImagesAsync(int count, Func<PixelBatch> decode, CancellationToken cancel) =>
        EncodeAsync(_pictures, count, () => Task.Run<EncodeRequest>(() => new PictureRequest(decode()), cancel), cancel);

    // Who begins several must not hold the room of the first while it waits for that of the next: the answer gives it back.
    private Task<Embeddings> Begin(WaitingRoom room, long units, Func<EncodeRequest> make)
    {
        room.EnterAsync(units).GetAwaiter().GetResult();
        try
        {
            var request = make();
            request.Answered = () => room.Leave(units);
            HandIn(request);
            return request.Answer;
        }
        catch
        {
            room.Leave(units);
            throw;
        }
    }

    private async Task<Embeddings> EncodeAsync(WaitingRoom room, long units, Func<Task<EncodeRequest>> make,
        CancellationToken cancel)
    {
        await room.EnterAsync(units, cancel).ConfigureAwait(false);
        try
        {
            var request = await make().ConfigureAwait(false);
            HandIn(request);
            using var withdrawal = cancel.UnsafeRegister((_, token) => Withdraw(request, token), null);
            return await request.Answer.ConfigureAwait(false);
        }
        finally
        {
            room.Leave(units);
        }
    }

    private void HandIn(EncodeRequest request)
    {
        lock (_gate)
        {
            ThrowIfClosed();
            if (request.Count == 0)
            {
                request.Succeed(new Embeddings([], EmbedDim));
                return;
            }

            _waiting.Add(request);
            Monitor.PulseAll(_gate);
        }
    }

    private void Withdraw(EncodeRequest request, CancellationToken token)
    {
        lock (_gate)
        {
            if (_waiting.Remove(request))
            {
                request.Cancel(token);
            }
        }
    }

    private void Work()
    {
        while (Take() is { } batch)
        {
            Compute(batch);
        }
    }

    // The next forward's requests; null when closed.
    private List<EncodeRequest>? Take()
    {
        lock (_gate)
        {
            while (!_isClosed)
            {
                if (_waiting.Count == 0)
                {
                    Monitor.Wait(_gate);
                    continue;
                }

                var (batch, isFull) = Gather();
                var patience = _wasShared ? MaxDelay - Stopwatch.GetElapsedTime(batch[0].Arrived) : TimeSpan.Zero;
                if (isFull || patience <= TimeSpan.Zero)
                {
                    _waiting.RemoveAll(batch.Contains);
                    _wasShared = batch.Count > 1;
                    return batch;
                }

                Monitor.Wait(_gate, (int)Math.Ceiling(patience.TotalMilliseconds));
            }

            return null;
        }
    }

    // The oldest request and those of its kind that came after it, up to a batch.
    private (List<EncodeRequest> Batch, bool IsFull) Gather()
    {
        var batch = new List<EncodeRequest> { _waiting[0] };
        var rows = _waiting[0].Count;
        foreach (var request in _waiting.Skip(1).Where(_waiting[0].FitsWith))
        {
            if (rows + request.Count > BatchSize)
            {
                return (batch, true);
            }

            batch.Add(request);
            rows += request.Count;
        }

        return (batch, rows >= BatchSize);
    }

    private void Compute(List<EncodeRequest> batch)
    {
        try
        {
            var vectors = batch[0].Encode(_engine, batch);
            var row = 0;
            foreach (var request in batch)
            {
                request.Succeed(batch.Count == 1 ? vectors : vectors.Slice(row, request.Count));
                row += request.Count;
            }
        }
        catch (Exception e) when (batch.Count == 1)
        {
            batch[0].Fail(e);
        }
        catch (Exception)
        {
            foreach (var request in batch) // alone, each gets the error that is its own
            {
                Compute([request]);
            }
        }
    }

    private void ThrowIfClosed()
    {
        if (_isClosed)
        {
            throw Closed();
        }
    }

    private static ObjectDisposedException Closed() =>
        new(nameof(Clip), "The model was disposed before this call was computed.");
}
