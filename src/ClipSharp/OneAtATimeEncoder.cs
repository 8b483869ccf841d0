using ClipSharp.Images;
using ClipSharp.Text;

namespace ClipSharp;

/// <summary>An engine that any number of threads may call: it computes for one at a time, and disposing waits for the call under
/// way.</summary>
/// <param name="inner">The engine; disposed with this.</param>
internal sealed class OneAtATimeEncoder(IClipEncoder inner) : IClipEncoder
{
    private readonly Lock _turn = new();
    private bool _isDisposed;

    public int EmbedDim => inner.EmbedDim;

    public double LogitScale => InTurn(() => inner.LogitScale);

    public string Engine => inner.Engine;

    public Embeddings EncodeImages(PixelBatch pixels) => InTurn(() => inner.EncodeImages(pixels));

    public Embeddings EncodeTexts(TokenBatch tokens) => InTurn(() => inner.EncodeTexts(tokens));

    public void Dispose()
    {
        lock (_turn)
        {
            if (!_isDisposed)
            {
                _isDisposed = true;
                inner.Dispose();
            }
        }
    }

    private T InTurn<T>(Func<T> compute)
    {
        lock (_turn)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, typeof(Clip));
            return compute();
        }
    }
}
