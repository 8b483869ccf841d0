using System.Net;
using System.Net.Http.Headers;
using System.Security.Authentication;

namespace ClipSharp.Transfer;

/// <summary>Requests over HTTP whose redirects are followed by hand, so that what belongs to one host stays with it, and whose
/// contents are bytes as they lie there.</summary>
internal sealed class HttpExchange : IDisposable
{
    private const int MostRedirects = 10;

    private readonly HttpClient _http;
    private readonly TimeSpan _patience;

    /// <param name="patience">How long the server may be silent.</param>
    public HttpExchange(TimeSpan patience)
    {
        _patience = patience;
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false, // it would not tell where a token may go
            AutomaticDecompression = DecompressionMethods.None, // lengths and ranges are those of the file
            UseCookies = false,
            ConnectTimeout = TimeSpan.FromSeconds(15),
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30),
        };
        _http = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
        _http.DefaultRequestHeaders.UserAgent.Add(
            new ProductInfoHeaderValue("clipsharp", typeof(HttpExchange).Assembly.GetName().Version?.ToString(3)));
    }

    /// <summary>Sends a request, follows redirects, and reads the answer's head, whatever its status.</summary>
    /// <param name="url">Where.</param>
    /// <param name="prepare">Adds what belongs to an address: a range, a token for its host.</param>
    /// <param name="refuse">The refusal of a redirect or a certificate, from what was found and what was expected.</param>
    /// <param name="cancel">Stops it.</param>
    /// <exception cref="PassingFault">It may work at the next try.</exception>
    /// <exception cref="ClipException">It will not.</exception>
    public async Task<HttpResponseMessage> SendAsync(Uri url, Action<HttpRequestMessage> prepare,
        Func<string, string, ClipException> refuse, CancellationToken cancel)
    {
        for (var redirects = 0; ; redirects++)
        {
            var response = await SendOnceAsync(url, prepare, refuse, cancel).ConfigureAwait(false);
            if (response.StatusCode is not (HttpStatusCode.MovedPermanently or HttpStatusCode.Found or HttpStatusCode.SeeOther
                or HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect))
            {
                return response;
            }

            using (response)
            {
                var target = response.Headers.Location is { } location ? new Uri(url, location) : null;
                url = FaultOfRedirect(url, target, redirects) is { } fault
                    ? throw refuse(fault, "an address that holds the file")
                    : target!;
            }
        }
    }

    /// <summary>Reads a chunk of an answer's content; 0 at its end.</summary>
    /// <exception cref="PassingFault">The connection broke off or fell silent.</exception>
    public Task<int> ReadAsync(Stream content, Memory<byte> buffer, CancellationToken cancel) =>
        Patience.HoldAsync(token => content.ReadAsync(buffer, token).AsTask(), _patience, cancel);

    /// <summary>Why a redirect is not followed; null when it is.</summary>
    public static string? FaultOfRedirect(Uri from, Uri? target, int redirects) =>
        target is null ? "a redirect that leads nowhere"
        : redirects >= MostRedirects ? $"more than {MostRedirects} redirects"
        : target.Scheme is not ("http" or "https") ? $"a redirect to {target.Scheme}:"
        : from.Scheme == Uri.UriSchemeHttps && target.Scheme != Uri.UriSchemeHttps
        ? $"a redirect from https to http ({target.Host})"
        : null;

    /// <summary>Whether a status says that the next try may go better.</summary>
    public static bool IsPassing(HttpStatusCode status) => (int)status is 408 or 429 or >= 500;

    /// <summary>How long a server asks to wait; null where it does not.</summary>
    public static TimeSpan? WaitOf(HttpResponseMessage response) => response.Headers.RetryAfter switch
    {
        { Delta: { } delta } => delta,
        { Date: { } date } when date - DateTimeOffset.UtcNow is var wait => wait > TimeSpan.Zero ? wait : TimeSpan.Zero,
        _ => null,
    };

    /// <summary>Scheme, host and port: what a token belongs to. The rest of an address may hold a signature.</summary>
    public static string Origin(Uri url) => url.GetComponents(UriComponents.SchemeAndServer, UriFormat.UriEscaped);

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private async Task<HttpResponseMessage> SendOnceAsync(Uri url, Action<HttpRequestMessage> prepare,
        Func<string, string, ClipException> refuse, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, url);
        request.Headers.AcceptEncoding.Add(new StringWithQualityHeaderValue("identity"));
        prepare(request);
        try
        {
            return await Patience.HoldAsync(
                patience => _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, patience), _patience, cancel)
                    .ConfigureAwait(false);
        }
        catch (PassingFault e) when (e.InnerException?.InnerException is AuthenticationException refused)
        {
            throw refuse($"a certificate that is not accepted ({refused.Message})", "one that this machine trusts");
        }
    }
}
