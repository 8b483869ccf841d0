using System.Reflection;
using ClipSharp.Search.Collections;
using ClipSharp.Server.Endpoints;
using ClipSharp.Server.Limits;
using ClipSharp.Server.Requests;
using ClipSharp.Text;

namespace ClipSharp.Server;

/// <summary>A model that is served, from its loading to its end, and what belongs to it alone: its options, the room in front of
/// it, its classifiers. A parameter of this type of a route's function is the model of that route.</summary>
public sealed class ServedModel : IDisposable, IBindableFromHttpContext<ServedModel>
{
    internal const string Ending = "The server is about to end.";

    private readonly Func<ServerOptions, Clip> _load;
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _ended = new();
    private readonly Lock _gate = new();
    private Clip? _clip;
    private bool _isLoading;
    private bool _isDisposed;

    internal ServedModel(string? name, ServerOptions options, Func<ServerOptions, Clip> load)
    {
        (Name, Options, _load) = (name, options, load);
        Room = new Admission(options.Limits);
        Body = new RequestBody(options.Limits);
        Classifiers = new ClassifierStore(options.Limits.Classifiers);
        _ = _ready.Task.Exception; // whoever waits is told; nobody has to
    }

    /// <summary>Ends when the model is loaded and has computed once; throws what was wrong with it.</summary>
    public Task Ready => _ready.Task;

    /// <summary>Whether the server takes no new requests, for it is about to end.</summary>
    public bool IsDraining { get; private set; }

    /// <summary>Whether requests are answered.</summary>
    public bool IsReady => _ready.Task.IsCompletedSuccessfully && !IsDraining;

    /// <summary>Its name among several, or null.</summary>
    internal string? Name { get; }

    /// <summary>What is served and to whom.</summary>
    internal ServerOptions Options { get; }

    /// <summary>The room in front of the model.</summary>
    internal Admission Room { get; }

    /// <summary>Reads bodies within this model's limits.</summary>
    internal RequestBody Body { get; }

    /// <summary>Classifiers of labels, and those with a name.</summary>
    internal ClassifierStore Classifiers { get; }

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
    internal TextTokenizer Tokenizer => HasTexts ? Clip.Tokenizer
        : throw RequestFault.Bad("text", "this model came without a tokenizer and knows pictures only.");

    static ValueTask<ServedModel?> IBindableFromHttpContext<ServedModel>.BindAsync(HttpContext context,
        ParameterInfo parameter) => ValueTask.FromResult<ServedModel?>(ServedModels.Of(context));

    /// <summary>Refuses requests while there is no model.</summary>
    /// <exception cref="RequestFault">503.</exception>
    internal void RequireReady()
    {
        if (!IsReady)
        {
            throw NotReady();
        }
    }

    /// <summary>Begins the loading unless it has begun. It cannot be stopped, and ends in <see cref="Ready"/>.</summary>
    internal Task Load()
    {
        lock (_gate)
        {
            if (!_isLoading)
            {
                _isLoading = true;
                _ = Task.Run(LoadAsync, CancellationToken.None);
            }
        }

        return Ready;
    }

    /// <summary>The model for an application's own routes: whoever asks before it is loaded waits for it.</summary>
    internal Clip WaitForClip()
    {
        Load().GetAwaiter().GetResult();
        return _clip!;
    }

    internal void Drain() => IsDraining = true;

    internal void End() => _ended.Cancel();

    /// <inheritdoc/>
    public void Dispose()
    {
        IsDraining = true;
        lock (_gate)
        {
            if (_isDisposed)
            {
                return;
            }

            _isDisposed = true;
        }

        _clip?.Dispose(); // waits for the forward under way
        Store?.Dispose();
        Classifiers.Dispose();
        _ended.Dispose();
    }

    /// <summary>The 503 of a route without a body.</summary>
    internal IResult Refusal(HttpContext context) =>
        Problems.Of(context, StatusCodes.Status503ServiceUnavailable, NotReady().Message);

    private async Task LoadAsync()
    {
        LoadedModel? loaded = null;
        try
        {
            loaded = await LoadedModel.LoadAsync(Options, _load).ConfigureAwait(false);
            Serve(loaded);
            _ready.TrySetResult();
        }
#pragma warning disable CA1031 // whatever it is goes to whoever waits
        catch (Exception fault)
#pragma warning restore CA1031
        {
            loaded?.Dispose();
            _ready.TrySetException(fault);
        }
    }

    private void Serve(LoadedModel loaded)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this); // the server ended while it loaded
            (_clip, Store, HasTexts) = (loaded.Clip, loaded.Store, loaded.HasTexts);
            Classifiers.Name(loaded.Classifiers);
        }
    }

    private RequestFault NotReady() =>
        new(StatusCodes.Status503ServiceUnavailable, IsDraining ? Ending : "The model is being loaded.");
}
