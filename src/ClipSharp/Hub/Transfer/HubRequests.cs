using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Authentication;

namespace ClipSharp.Hub.Transfer;

/// <summary>Requests to the hub: redirects followed by hand so that the token stays with its host, refusals put into words,
/// passing faults told from lasting ones.</summary>
internal sealed class HubRequests : IDisposable
{
    private const int MostRedirects = 10;
    private const int MostMessage = 200;

    private readonly HubOptions _options;
    private readonly HttpClient _http;
    private readonly TimeSpan _patience;

    /// <param name="options">Where the hub is and who asks.</param>
    /// <param name="patience">How long the server may be silent.</param>
    public HubRequests(HubOptions options, TimeSpan patience)
    {
        (_options, _patience) = (options, patience);
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false, // it would not tell where the token may go
            AutomaticDecompression = DecompressionMethods.None, // lengths and ranges are those of the file
            UseCookies = false,
            ConnectTimeout = TimeSpan.FromSeconds(15),
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30),
        };
        _http = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
        _http.DefaultRequestHeaders.UserAgent.Add(
            new ProductInfoHeaderValue("clipsharp", typeof(HubRequests).Assembly.GetName().Version?.ToString(3)));
    }

    /// <summary>Sends a request and reads the answer's head.</summary>
    /// <param name="repo">For messages.</param>
    /// <param name="url">An address of the endpoint's.</param>
    /// <param name="from">The first byte that is wanted; above 0 the answer may be 206, 200 (the whole) or 416.</param>
    /// <param name="cancel">Stops it.</param>
    /// <exception cref="HubTransientException">It may work at the next try.</exception>
    /// <exception cref="ClipException">It will not.</exception>
    public async Task<HttpResponseMessage> SendAsync(HubRepo repo, Uri url, long from, CancellationToken cancel)
    {
        for (var redirects = 0; ; redirects++)
        {
            var response = await SendOnceAsync(url, from, cancel).ConfigureAwait(false);
            if (response.StatusCode is not (HttpStatusCode.MovedPermanently or HttpStatusCode.Found or HttpStatusCode.SeeOther
                or HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect))
            {
                Check(repo, response, from);
                return response;
            }

            using (response)
            {
                url = Target(repo, url, response.Headers.Location, redirects);
            }
        }
    }

    /// <summary>Reads a chunk of an answer's content; 0 at its end.</summary>
    /// <exception cref="HubTransientException">The connection broke off or fell silent.</exception>
    public Task<int> ReadAsync(Stream content, Memory<byte> buffer, CancellationToken cancel) =>
        PatientlyAsync(token => content.ReadAsync(buffer, token).AsTask(), cancel);

    /// <summary>Whether an address belongs to the hub itself.</summary>
    public bool IsOfEndpoint(Uri url) => Origin(url) == Origin(_options.Endpoint);

    /// <summary>Whether the token may go to an address: the hub's own, by https or on this machine.</summary>
    public bool MayCarryToken(Uri url) => IsOfEndpoint(url) && (url.Scheme == Uri.UriSchemeHttps || url.IsLoopback);

    /// <summary>Why a redirect is not followed; null when it is.</summary>
    public static string? FaultOfRedirect(Uri from, Uri? target, int redirects) =>
        target is null ? "a redirect that leads nowhere"
        : redirects >= MostRedirects ? $"more than {MostRedirects} redirects"
        : target.Scheme is not ("http" or "https") ? $"a redirect to {target.Scheme}:"
        : from.Scheme == Uri.UriSchemeHttps && target.Scheme != Uri.UriSchemeHttps
        ? $"a redirect from https to http ({target.Host})"
        : null;

    public void Dispose() => _http.Dispose();

    private async Task<HttpResponseMessage> SendOnceAsync(Uri url, long from, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, url);
        request.Headers.AcceptEncoding.Add(new StringWithQualityHeaderValue("identity"));
        if (from > 0)
        {
            request.Headers.Range = new RangeHeaderValue(from, null);
        }

        if (_options.Token is not null && MayCarryToken(url))
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _options.Token);
        }

        return await PatientlyAsync(
            patience => _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, patience), cancel)
                .ConfigureAwait(false);
    }

    // The server's silence is a passing fault; the user's wish to stop is none.
    private async Task<T> PatientlyAsync<T>(Func<CancellationToken, Task<T>> work, CancellationToken cancel)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(_patience);
        try
        {
            return await work(patience.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (!cancel.IsCancellationRequested)
        {
            throw new HubTransientException(
                string.Create(CultureInfo.InvariantCulture, $"no byte for {_patience.TotalSeconds:0.#} s"), inner: e);
        }
        catch (HttpRequestException e) when (e.InnerException is AuthenticationException)
        {
            throw new ClipException(ClipError.Unavailable, "The hub's certificate is not accepted", Origin(_options.Endpoint),
                e.InnerException.Message, "a certificate that this machine trusts",
                "Check HF_ENDPOINT and this machine's certificates.", e);
        }
        catch (HttpRequestException e)
        {
            var isUnreachable = e.HttpRequestError is HttpRequestError.NameResolutionError or HttpRequestError.ConnectionError
                or HttpRequestError.ProxyTunnelError;
            throw new HubTransientException(isUnreachable ? $"no connection ({e.Message})" : "a dropped connection",
                isUnreachable: isUnreachable, inner: e);
        }
        catch (IOException e)
        {
            throw new HubTransientException("a dropped connection", inner: e);
        }
    }

    private static Uri Target(HubRepo repo, Uri from, Uri? location, int redirects)
    {
        var target = location is null ? null : new Uri(from, location);
        return FaultOfRedirect(from, target, redirects) is { } fault
            ? throw Refusal(repo, "The hub's answer cannot be followed", fault, "an address that holds the file",
                "Check HF_ENDPOINT.", ClipError.Unavailable)
            : target!;
    }

    private void Check(HubRepo repo, HttpResponseMessage response, long from)
    {
        var status = response.StatusCode;
        if (status == HttpStatusCode.OK
            || (from > 0 && status is HttpStatusCode.PartialContent or HttpStatusCode.RequestedRangeNotSatisfiable))
        {
            return;
        }

        using (response)
        {
            throw Fault(repo, response);
        }
    }

    private Exception Fault(HubRepo repo, HttpResponseMessage response)
    {
        var status = (int)response.StatusCode;
        var code = Header(response, "X-Error-Code");
        var page = $"{Origin(_options.Endpoint)}/{(repo.Type == RepoType.Dataset ? "datasets/" : "")}{repo.Id}";
        var said = Header(response, "X-Error-Message") is { Length: > 0 } message ? $"{status}: {message}" : $"{status}";
        return (status, code) switch
        {
            (429 or 408 or >= 500, _) => new HubTransientException($"status {said}", WaitOf(response)),
            (_, "GatedRepo") => Refusal(repo, "The repository is gated", said, "an account that has accepted its terms",
                $"Accept them at {page}, then set HF_TOKEN to a token of that account."),
            (_, "RevisionNotFound") =>
                Refusal(repo, "The repository has no such revision", repo.Revision, "a branch, a tag or a commit",
                $"See those at {page}/tree/main."),
            (_, "EntryNotFound") => Refusal(repo, "The repository has no such file", said, "a file of the list",
                "The repository may have changed meanwhile: try again."),
            (401, _) => _options.Token is null
                ? Refusal(repo, "The repository does not exist or is not public", said, "a public repository, or an access token",
                    $"Check the name; for a private repository set HF_TOKEN. {OtherType(repo)}")
                : Refusal(repo, "The access token is not accepted", said, "a token that may read the repository",
                    $"Check the name, and HF_TOKEN or the token file. {OtherType(repo)}"),
            (403, _) => Refusal(repo, "The repository may not be read", said, "a token that may",
                "Check what your token (HF_TOKEN) is allowed, and the repository's page."),
            (404, _) => Refusal(repo, "The repository does not exist", said, $"a {repo.TypeName} at {Origin(_options.Endpoint)}",
                $"Check the name. {OtherType(repo)}"),
            _ => Refusal(repo, "The hub refuses", said, "status 200", "Check HF_ENDPOINT.", ClipError.Unavailable),
        };
    }

    private static string OtherType(HubRepo repo) =>
        repo.Type == RepoType.Model ? "A data set needs --repo-type dataset." : "A model needs --repo-type model.";

    private static ClipException Refusal(HubRepo repo, string what, string found, string expected, string remedy,
        ClipError kind = ClipError.NoInput) => new(kind, what, $"hf-hub:{repo}", found, expected, remedy);

    private static TimeSpan? WaitOf(HttpResponseMessage response) => response.Headers.RetryAfter switch
    {
        { Delta: { } delta } => delta,
        { Date: { } date } when date - DateTimeOffset.UtcNow is var wait => wait > TimeSpan.Zero ? wait : TimeSpan.Zero,
        _ => null,
    };

    private static string? Header(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out var values) && values.FirstOrDefault() is { } value
            ? value[..Math.Min(value.Length, MostMessage)]
            : null;

    // Scheme, host and port: what a token belongs to. The rest of an address may hold a signature.
    private static string Origin(Uri url) => url.GetLeftPart(UriPartial.Authority);
}
