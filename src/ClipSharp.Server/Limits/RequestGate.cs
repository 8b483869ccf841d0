using ClipSharp.Server.Requests;
using ClipSharp.Server.Telemetry;
using Microsoft.AspNetCore.Http.Features;

namespace ClipSharp.Server.Limits;

/// <summary>What every request to the model goes through: whether there is room is decided before a byte of its body is read,
/// and whatever goes wrong behind the gate becomes one problem in words.</summary>
internal sealed class RequestGate(ServedModel served, ServerMeter meter, TimeProvider clock, ILogger<RequestGate> log)
    : IEndpointFilter
{
    private const int ClientClosedRequest = StatusCodes.Status499ClientClosedRequest;

    /// <inheritdoc/>
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var http = context.HttpContext;
        var begun = clock.GetTimestamp();
        var result = await Answer(context, next).ConfigureAwait(false);
        var status = (result as IStatusCodeHttpResult)?.StatusCode ?? StatusCodes.Status200OK;
        meter.Answered(served, http, status, clock.GetElapsedTime(begun));
        return result;
    }

    /// <summary>A body beyond its limit: 413.</summary>
    public static RequestFault TooLarge(ServerLimits limits) => new(StatusCodes.Status413PayloadTooLarge,
        FormattableString.Invariant($"The body is larger than {limits.BodyBytes} bytes."));

    private async Task<object?> Answer(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var http = context.HttpContext;
        RequestScope? scope = null;
        try
        {
            scope = Admit(http);
            return await next(context).ConfigureAwait(false);
        }
        catch (RequestFault fault)
        {
            return Problems.Of(http, fault.Status, fault.Message);
        }
        catch (ClipException fault) when (fault.Kind is ClipError.Data or ClipError.Usage)
        {
            return Problems.Of(http, StatusCodes.Status400BadRequest, fault.Message); // of the request: it names no path
        }
        catch (BadHttpRequestException fault)
        {
            return Problems.Of(http, fault.StatusCode, fault.StatusCode switch
            {
                StatusCodes.Status413PayloadTooLarge => TooLarge(served.Options.Limits).Message,
                StatusCodes.Status408RequestTimeout => "The body arrived too slowly.",
                _ => "The request is no proper HTTP, or its body ended early.",
            });
        }
        catch (OperationCanceledException) when (scope is { CallerHasLeft: true })
        {
            return TypedResults.StatusCode(ClientClosedRequest); // for the figures: nobody reads it
        }
        catch (OperationCanceledException) when (served.IsDraining)
        {
            return Problems.Of(http, StatusCodes.Status503ServiceUnavailable, ServedModel.Ending);
        }
        catch (OperationCanceledException) when (scope is { IsLate: true })
        {
            return Problems.Of(http, StatusCodes.Status408RequestTimeout, "The body did not arrive in time.");
        }
        catch (OperationCanceledException)
        {
            return Problems.Of(http, StatusCodes.Status504GatewayTimeout,
                "The answer was not there in time. Send fewer pictures or texts, or come again.");
        }
        catch (ObjectDisposedException) when (served.IsDraining)
        {
            return Problems.Of(http, StatusCodes.Status503ServiceUnavailable, ServedModel.Ending);
        }
        catch (IOException) when (http.RequestAborted.IsCancellationRequested)
        {
            return TypedResults.StatusCode(ClientClosedRequest); // hung up within its body
        }
#pragma warning disable CA1031 // the outermost place: a stranger learns nothing of this program
        catch (Exception fault)
#pragma warning restore CA1031
        {
            log.Failed(fault);
            return Problems.Of(http, StatusCodes.Status500InternalServerError, "The server failed; its log says why.");
        }
        finally
        {
            scope?.Dispose();
        }
    }

    private RequestScope Admit(HttpContext http)
    {
        var admission = ServerTrace.StartAside("admission");
        try
        {
            return new RequestScope(http, served.Options.Limits, Enter(http), clock, admission, served.Ended);
        }
        catch
        {
            admission?.Dispose();
            throw;
        }
    }

    private Admission.Place Enter(HttpContext http)
    {
        served.RequireReady();
        var hasBody = http.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody != false;
        var (limits, length) = (served.Options.Limits, hasBody ? http.Request.ContentLength : 0);
        if (length > limits.BodyBytes)
        {
            throw TooLarge(limits);
        }

        if (http.Request.Headers.ContentEncoding.Count > 0)
        {
            throw new RequestFault(StatusCodes.Status415UnsupportedMediaType, "Compressed bodies are not read.");
        }

        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } largest)
        {
            largest.MaxRequestBodySize = limits.BodyBytes; // of a body whose length is not announced
        }

        return served.Room.TryEnter(length) ?? throw RequestFault.Full();
    }
}
