using System.Net;
using System.Net.Http.Headers;
using ClipSharp.Transfer;

namespace ClipSharp.Hub.Transfer;

/// <summary>Requests to the hub: the token stays with its host, refusals put into words, passing faults told from lasting
/// ones.</summary>
/// <param name="options">Where the hub is and who asks.</param>
/// <param name="patience">How long the server may be silent.</param>
internal sealed class HubRequests(HubOptions options, TimeSpan patience) : IDisposable
{
    private const int MostMessage = 200;

    private readonly HttpExchange _http = new(patience);

    /// <summary>Sends a request and reads the answer's head.</summary>
    /// <param name="repo">For messages.</param>
    /// <param name="url">An address of the endpoint's.</param>
    /// <param name="from">The first byte that is wanted; above 0 the answer may be 206, 200 (the whole) or 416.</param>
    /// <param name="cancel">Stops it.</param>
    /// <exception cref="PassingFault">It may work at the next try.</exception>
    /// <exception cref="ClipException">It will not.</exception>
    public async Task<HttpResponseMessage> SendAsync(HubRepo repo, Uri url, long from, CancellationToken cancel)
    {
        var response = await _http.SendAsync(url, Prepare, Refuse, cancel).ConfigureAwait(false);
        Check(repo, response, from);
        return response;

        void Prepare(HttpRequestMessage request)
        {
            if (from > 0)
            {
                request.Headers.Range = new RangeHeaderValue(from, null);
            }

            if (options.Token is not null && MayCarryToken(request.RequestUri!))
            {
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", options.Token);
            }
        }

        ClipException Refuse(string found, string expected) =>
            Refusal(repo, "The hub's answer cannot be followed", found, expected, "Check HF_ENDPOINT.", ClipError.Unavailable);
    }

    /// <summary>A file's content from an offset on; the whole where the server does not go on.</summary>
    /// <inheritdoc cref="SendAsync"/>
    public async Task<RemoteContent> ContentAsync(HubRepo repo, Uri url, long from, CancellationToken cancel)
    {
        var response = await SendAsync(repo, url, from, cancel).ConfigureAwait(false);
        try
        {
            var body = await response.Content.ReadAsStreamAsync(cancel).ConfigureAwait(false);
            var range = response.Content.Headers.ContentRange;
            return response.StatusCode switch
            {
                HttpStatusCode.OK => new RemoteContent(body, 0, response.Content.Headers.ContentLength, null, response),
                HttpStatusCode.PartialContent => new RemoteContent(body, range?.From ?? -1, range?.Length, null, response),
                _ => new RemoteContent(body, -1, null, null, response), // 416: what was kept did not fit
            };
        }
        catch
        {
            response.Dispose();
            throw;
        }
    }

    /// <summary>Reads a chunk of an answer's content; 0 at its end.</summary>
    /// <exception cref="PassingFault">The connection broke off or fell silent.</exception>
    public Task<int> ReadAsync(Stream content, Memory<byte> buffer, CancellationToken cancel) =>
        _http.ReadAsync(content, buffer, cancel);

    /// <summary>Whether an address belongs to the hub itself.</summary>
    public bool IsOfEndpoint(Uri url) => HttpExchange.Origin(url) == HttpExchange.Origin(options.Endpoint);

    /// <summary>Whether the token may go to an address: the hub's own, by https or on this machine.</summary>
    public bool MayCarryToken(Uri url) => IsOfEndpoint(url) && (url.Scheme == Uri.UriSchemeHttps || url.IsLoopback);

    public void Dispose() => _http.Dispose();

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
        var page = $"{HttpExchange.Origin(options.Endpoint)}/{(repo.Type == RepoType.Dataset ? "datasets/" : "")}{repo.Id}";
        var said = Header(response, "X-Error-Message") is { Length: > 0 } message ? $"{status}: {message}" : $"{status}";
        return (status, code) switch
        {
            _ when HttpExchange.IsPassing(response.StatusCode) =>
                new PassingFault($"status {said}", HttpExchange.WaitOf(response)),
            (_, "GatedRepo") => Refusal(repo, "The repository is gated", said, "an account that has accepted its terms",
                $"Accept them at {page}, then set HF_TOKEN to a token of that account."),
            (_, "RevisionNotFound") =>
                Refusal(repo, "The repository has no such revision", repo.Revision, "a branch, a tag or a commit",
                $"See those at {page}/tree/main."),
            (_, "EntryNotFound") => Refusal(repo, "The repository has no such file", said, "a file of the list",
                "The repository may have changed meanwhile: try again."),
            (401, _) => options.Token is null
                ? Refusal(repo, "The repository does not exist or is not public", said, "a public repository, or an access token",
                    $"Check the name; for a private repository set HF_TOKEN. {OtherType(repo)}")
                : Refusal(repo, "The access token is not accepted", said, "a token that may read the repository",
                    $"Check the name, and HF_TOKEN or the token file. {OtherType(repo)}"),
            (403, _) => Refusal(repo, "The repository may not be read", said, "a token that may",
                "Check what your token (HF_TOKEN) is allowed, and the repository's page."),
            (404, _) => Refusal(repo, "The repository does not exist", said,
                $"a {repo.TypeName} at {HttpExchange.Origin(options.Endpoint)}", $"Check the name. {OtherType(repo)}"),
            _ => Refusal(repo, "The hub refuses", said, "status 200", "Check HF_ENDPOINT.", ClipError.Unavailable),
        };
    }

    private static string OtherType(HubRepo repo) =>
        repo.Type == RepoType.Model ? "A data set needs --repo-type dataset." : "A model needs --repo-type model.";

    private static ClipException Refusal(HubRepo repo, string what, string found, string expected, string remedy,
        ClipError kind = ClipError.NoInput) => new(kind, what, $"hf-hub:{repo}", found, expected, remedy);

    private static string? Header(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out var values) && values.FirstOrDefault() is { } value
            ? value[..Math.Min(value.Length, MostMessage)]
            : null;
}
