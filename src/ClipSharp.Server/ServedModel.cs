using ClipSharp.Search.Collections;
using ClipSharp.Server.Requests;
using ClipSharp.Text;

namespace ClipSharp.Server;

/// <summary>The model that is served, from its loading to its end.</summary>
public sealed class ServedModel : IDisposable
{
    internal const string Ending = "The server is about to end.";

    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _ended = new();
    private readonly Lock _gate = new();
    private Clip? _clip;
    private bool _isDisposed;

    internal ServedModel() => _ = _ready.Task.Exception; // whoever waits is told; nobody has to

    /// <summary>Ends when the model is loaded and has computed once; throws what was wrong with it.</summary>
    public Task Ready => _ready.Task;

    /// <summary>Whether the server takes no new requests, for it is about to end.</summary>
    public bool IsDraining { get; private set; }

    /// <summary>Whether requests are answered.</summary>
    public bool IsReady => _ready.Task.IsCompletedSuccessfully && !IsDraining;

    /// <summary>The pictures that are searched, or null.</summary>
    internal IPictureStore? Store { get; private set; }

    /// <summary>The model.</summary>
    /// <exception cref="RequestFault">It is not there yet, or no longer.</exception>
    internal Clip Clip => _clip ?? throw NotReady();

    /// <summary>Cancelled when requests under way may go on no longer.</summary>
    internal CancellationToken Ended => _ended.Token;

    /// <summary>Whether the model reads texts.</summary>
    internal bool HasTexts { get; private set; }

    /// <summary>The model's tokenizer.</summary>
    /// <exception cref="RequestFault">It has none and knows pictures only.</exception>
    internal BpeTokenizer Tokenizer => HasTexts ? Clip.Tokenizer
        : throw RequestFault.Bad("text", "this model came without a tokenizer and knows pictures only.");

    /// <summary>Refuses requests while there is no model.</summary>
    /// <exception cref="RequestFault">503.</exception>
    internal void RequireReady()
    {
        if (!IsReady)
        {
            throw NotReady();
        }
    }

    internal void Serve(Clip clip, IPictureStore? store, bool hasTexts)
    {
        lock (_gate)
        {
            if (_isDisposed)
            {
                store?.Dispose();
                clip.Dispose(); // the server ended while it loaded
                return;
            }

            (_clip, Store, HasTexts) = (clip, store, hasTexts);
        }

        _ready.TrySetResult();
    }

    internal void Fail(Exception fault) => _ready.TrySetException(fault);

    internal void Drain() => IsDraining = true;

    internal void End() => _ended.Cancel();

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_isDisposed)
            {
                return;
            }

            _isDisposed = true;
        }

        IsDraining = true;
        _clip?.Dispose(); // waits for the forward under way
        Store?.Dispose();
        _ended.Dispose();
    }

    /// <summary>The 503 of a route without a body.</summary>
    internal IResult Refusal(HttpContext context) =>
        Problems.Of(context, StatusCodes.Status503ServiceUnavailable, NotReady().Message);

    private RequestFault NotReady() =>
        new(StatusCodes.Status503ServiceUnavailable, IsDraining ? Ending : "The model is being loaded.");
}
