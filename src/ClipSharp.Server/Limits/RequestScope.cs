using System.Diagnostics;
using Microsoft.AspNetCore.Http.Features;

namespace ClipSharp.Server.Limits;

/// <summary>One request on its way: its place in the room, and when its caller stops waiting.</summary>
internal sealed class RequestScope : IDisposable
{
    private readonly HttpContext _context;
    private readonly CancellationTokenSource _answer, _body, _either, _arriving;
    private readonly Activity? _admission;
    private bool _hasArrived;

    /// <param name="context">The request.</param>
    /// <param name="limits">The limits.</param>
    /// <param name="place">Its place; disposed with this.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="admission">The span until the body is here, or null.</param>
    /// <param name="ended">Cancelled when requests under way may go on no longer.</param>
    public RequestScope(HttpContext context, ServerLimits limits, Admission.Place place, TimeProvider clock,
        Activity? admission, CancellationToken ended)
    {
        (_context, Limits, Place, _admission) = (context, limits, place, admission);
        _answer = new CancellationTokenSource(limits.AnswerTime, clock);
        _body = new CancellationTokenSource(limits.BodyTime, clock);
        _either = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, _answer.Token, ended);
        _arriving = CancellationTokenSource.CreateLinkedTokenSource(_either.Token, _body.Token);
        context.Features.Set(this);
    }

    /// <summary>The limits.</summary>
    public ServerLimits Limits { get; }

    /// <summary>What the request holds of the room.</summary>
    public Admission.Place Place { get; }

    /// <summary>Cancelled when the caller has left, waits no longer, or the server ends.</summary>
    public CancellationToken Cancel => _either.Token;

    /// <summary>The same, or when the body takes too long.</summary>
    public CancellationToken Arriving => _arriving.Token;

    /// <summary>Whether a body did not arrive in its time.</summary>
    public bool IsLate => !_hasArrived && (_body.IsCancellationRequested || _answer.IsCancellationRequested);

    /// <summary>Whether the caller has hung up.</summary>
    public bool CallerHasLeft => _context.RequestAborted.IsCancellationRequested;

    /// <summary>The body is here.</summary>
    public void HasArrived()
    {
        _hasArrived = true;
        _admission?.Stop();
    }

    /// <summary>The scope of a request that passed the gate.</summary>
    public static RequestScope Of(HttpContext context) => context.Features.GetRequiredFeature<RequestScope>();

    /// <inheritdoc/>
    public void Dispose()
    {
        _arriving.Dispose();
        _either.Dispose();
        _body.Dispose();
        _answer.Dispose();
        Place.Dispose();
        _admission?.Dispose();
    }
}
