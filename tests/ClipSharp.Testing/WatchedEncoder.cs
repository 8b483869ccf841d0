using ClipSharp.Images;
using ClipSharp.Text;

namespace ClipSharp.Testing;

/// <summary>Counts what an encoder is asked for, and can hold a forward until it is released.</summary>
/// <param name="inner">The encoder; not disposed.</param>
public sealed class WatchedEncoder(IClipEncoder inner) : IClipEncoder
{
    private readonly SemaphoreSlim _entered = new(0);
    private readonly ManualResetEventSlim _open = new(true);
    private int _now, _most;

    /// <summary>The most forwards at one time.</summary>
    public int MostAtOnce => _most;

    /// <summary>Called before each forward.</summary>
    public Action? Before { get; set; }

    /// <summary>Rows of each forward, in order.</summary>
    public List<int> Forwards { get; } = [];

    /// <summary>Pictures so far.</summary>
    public int Pictures { get; private set; }

    /// <summary>Texts so far.</summary>
    public int Texts { get; private set; }

    /// <summary>How often it was disposed.</summary>
    public int Disposals { get; private set; }

    /// <summary>Whether it was disposed.</summary>
    public bool IsDisposed => Disposals > 0;

    /// <summary>Whether it was disposed during a forward.</summary>
    public bool WasDisposedUnderway { get; private set; }

    /// <summary>Ends when one more forward has begun than it ended before.</summary>
    public Task Entered => _entered.WaitAsync();

    /// <inheritdoc/>
    public int EmbedDim => inner.EmbedDim;

    /// <inheritdoc/>
    public Logits Logits => inner.Logits;

    /// <inheritdoc/>
    public string Engine => inner.Engine;

    /// <summary>Forwards stay until <see cref="Release"/>.</summary>
    public void Hold() => _open.Reset();

    /// <summary>Lets forwards go on.</summary>
    public void Release() => _open.Set();

    /// <inheritdoc/>
    public Embeddings EncodeImages(PixelBatch pixels)
    {
        Pictures += pixels.Count;
        return Watched(pixels.Count, () => inner.EncodeImages(pixels));
    }

    /// <inheritdoc/>
    public Embeddings EncodeTexts(TokenBatch tokens)
    {
        Texts += tokens.Count;
        return Watched(tokens.Count, () => inner.EncodeTexts(tokens));
    }

    /// <inheritdoc/>
    public void Dispose() => Disposals++;

    private Embeddings Watched(int rows, Func<Embeddings> encode)
    {
        _most = Math.Max(_most, Interlocked.Increment(ref _now));
        Forwards.Add(rows);
        Before?.Invoke();
        _entered.Release();
        _open.Wait();
        for (var i = 0; i < 50; i++)
        {
            Thread.Yield(); // so that others would come in if they could
        }

        try
        {
            return encode();
        }
        finally
        {
            WasDisposedUnderway |= IsDisposed;
            Interlocked.Decrement(ref _now);
        }
    }
}
