using System.Diagnostics;
using ClipSharp.Images;
using ClipSharp.Text;

namespace ClipSharp.Batching;

/// <summary>What one caller wants encoded: rows that stay together, and the promise of their vectors.</summary>
internal abstract class EncodeRequest
{
    // Callers go on elsewhere: the worker's thread is the engine's.
    private readonly TaskCompletionSource<Embeddings> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>When it came, in <see cref="Stopwatch"/>'s ticks.</summary>
    public long Arrived { get; } = Stopwatch.GetTimestamp();

    /// <summary>[B, E], or the error.</summary>
    public Task<Embeddings> Answer => _answer.Task;

    /// <summary>B.</summary>
    public abstract int Count { get; }

    /// <summary>Whether both can be rows of one forward.</summary>
    public abstract bool FitsWith(EncodeRequest other);

    /// <summary>One forward of requests that fit with this one.</summary>
    /// <returns>The vectors of all rows, request after request.</returns>
    public abstract Embeddings Encode(IClipEncoder engine, IReadOnlyList<EncodeRequest> requests);

    /// <summary>Called when the answer is there; set before the request is handed in.</summary>
    public Action? Answered { get; set; }

    public void Succeed(Embeddings vectors) => Tell(_answer.TrySetResult(vectors));

    public void Fail(Exception error) => Tell(_answer.TrySetException(error));

    public void Cancel(CancellationToken token) => Tell(_answer.TrySetCanceled(token));

    private void Tell(bool isFirst)
    {
        if (isFirst)
        {
            Answered?.Invoke();
        }
    }
}

/// <summary>Pictures of one caller.</summary>
internal sealed class PictureRequest(PixelBatch pixels) : EncodeRequest
{
    public override int Count => pixels.Count;

    private PixelBatch Pixels => pixels;

    public override bool FitsWith(EncodeRequest other) => other is PictureRequest pictures && pictures.Pixels.Size == pixels.Size;

    public override Embeddings Encode(IClipEncoder engine, IReadOnlyList<EncodeRequest> requests) =>
        engine.EncodeImages(PixelBatch.Joined([.. requests.Cast<PictureRequest>().Select(request => request.Pixels)]));
}

/// <summary>Pictures of one caller whose features before the last projection are wanted.</summary>
internal sealed class FeatureRequest(PixelBatch pixels) : EncodeRequest
{
    public override int Count => pixels.Count;

    private PixelBatch Pixels => pixels;

    public override bool FitsWith(EncodeRequest other) => other is FeatureRequest pictures && pictures.Pixels.Size == pixels.Size;

    public override Embeddings Encode(IClipEncoder engine, IReadOnlyList<EncodeRequest> requests) =>
        engine.EncodeImageFeatures(PixelBatch.Joined([.. requests.Cast<FeatureRequest>().Select(request => request.Pixels)]));
}

/// <summary>Texts of one caller.</summary>
internal sealed class TextRequest(TokenBatch tokens) : EncodeRequest
{
    public override int Count => tokens.Count;

    private TokenBatch Tokens => tokens;

    public override bool FitsWith(EncodeRequest other) =>
        other is TextRequest texts && texts.Tokens.ContextLength == tokens.ContextLength;

    public override Embeddings Encode(IClipEncoder engine, IReadOnlyList<EncodeRequest> requests) =>
        engine.EncodeTexts(TokenBatch.Joined([.. requests.Cast<TextRequest>().Select(request => request.Tokens)]));
}
