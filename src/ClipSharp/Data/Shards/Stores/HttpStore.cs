using System.Net;
using System.Net.Http.Headers;
using System.Text;
using ClipSharp.Transfer;

namespace ClipSharp.Data.Shards.Stores;

/// <summary>Shards on web servers, without listing. Everything is asked for by GET, which signed addresses allow where they
/// refuse HEAD.</summary>
internal sealed class HttpStore : IShardStore, IDisposable
{
    private readonly HttpExchange _http = new(Patience.Usual);

    /// <inheritdoc/>
    public IReadOnlyList<string> Prefixes { get; } = ["http://", "https://"];

    /// <inheritdoc/>
    public async Task<ShardState> LookAsync(string place, CancellationToken cancel)
    {
        using var response = await SendAsync(place, new RangeHeaderValue(0, 0), null, cancel).ConfigureAwait(false);
        var content = response.Content.Headers;
        var length = response.StatusCode == HttpStatusCode.OK ? content.ContentLength : content.ContentRange?.Length;
        return new ShardState(length, VersionOf(response), content.LastModified?.UtcDateTime);
    }

    /// <inheritdoc/>
    public async Task<RemoteContent> OpenAsync(string place, ShardState known, long from, CancellationToken cancel)
    {
        // Without a proof that it is still the same content, its rest is worth nothing.
        var proof = from > 0 ? ProofOf(known.Version) : null;
        var range = proof is null ? null : new RangeHeaderValue(from, null);
        var response = await SendAsync(place, range, proof, cancel).ConfigureAwait(false);
        try
        {
            var body = await response.Content.ReadAsStreamAsync(cancel).ConfigureAwait(false);
            var content = response.Content.Headers;
            var (first, length) = response.StatusCode switch
            {
                HttpStatusCode.OK => (0, content.ContentLength),
                HttpStatusCode.PartialContent => (content.ContentRange?.From ?? -1, content.ContentRange?.Length),
                _ => (-1, null),
            };
            return new RemoteContent(body, first, length, VersionOf(response), response);
        }
        catch
        {
            response.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    /// <summary>What <c>If-Range</c> may hold: a strong ETag or a time; null where a version is neither.</summary>
    internal static RangeConditionHeaderValue? ProofOf(string? version) =>
        version is null || version.StartsWith("W/", StringComparison.Ordinal) ? null
        : EntityTagHeaderValue.TryParse(version, out var tag) ? new RangeConditionHeaderValue(tag)
        : DateTimeOffset.TryParseExact(version, "R", null, default, out var time) ? new RangeConditionHeaderValue(time)
        : null;

    private static string? VersionOf(HttpResponseMessage response) =>
        response.Headers.ETag?.ToString() ?? response.Content.Headers.LastModified?.ToString("R");

    private async Task<HttpResponseMessage> SendAsync(string place, RangeHeaderValue? range, RangeConditionHeaderValue? proof,
        CancellationToken cancel)
    {
        var shown = ShardPlace.Shown(place);
        var url = Uri.TryCreate(place, UriKind.Absolute, out var parsed) ? parsed
            : throw Refusal(shown, "no address", "one such as https://host/0.tar", "Correct it.");
        var login = LoginOf(url, shown);
        var response = await _http.SendAsync(new UriBuilder(url) { UserName = "", Password = "" }.Uri, Prepare,
            (found, expected) => Refusal(shown, found, expected, "Check the address."), cancel).ConfigureAwait(false);
        if (response.StatusCode is HttpStatusCode.OK
            || (range is not null
                && response.StatusCode is HttpStatusCode.PartialContent or HttpStatusCode.RequestedRangeNotSatisfiable))
        {
            return response;
        }

        using (response)
        {
            throw FaultOf(response, shown);
        }

        void Prepare(HttpRequestMessage request)
        {
            request.Headers.Range = range;
            request.Headers.IfRange = proof;
            if (login is not null && HttpExchange.Origin(request.RequestUri!) == HttpExchange.Origin(url))
            {
                request.Headers.Authorization = login;
            }
        }
    }

    private static AuthenticationHeaderValue? LoginOf(Uri url, string shown) =>
        url.UserInfo.Length == 0 ? null
        : url.Scheme == Uri.UriSchemeHttps || url.IsLoopback
            ? new AuthenticationHeaderValue("Basic",
                Convert.ToBase64String(Encoding.UTF8.GetBytes(Uri.UnescapeDataString(url.UserInfo))))
            : throw Refusal(shown, "a password that would go unencrypted", "https", "Write https://, or leave out the password.");

    private static Exception FaultOf(HttpResponseMessage response, string shown) => (int)response.StatusCode switch
    {
        _ when HttpExchange.IsPassing(response.StatusCode) =>
            new PassingFault($"status {(int)response.StatusCode}", HttpExchange.WaitOf(response)),
        404 or 410 => new FileNotFoundException($"status {(int)response.StatusCode}"),
        401 or 403 => Refusal(shown, $"status {(int)response.StatusCode}", "a place that may be read",
            "Check the address and its signature; a name and a password go before the host: https://name:password@host/."),
        var status => Refusal(shown, $"status {status}", "status 200", "Check the address."),
    };

    private static ClipException Refusal(string shown, string found, string expected, string remedy) =>
        new(ClipError.NoInput, "A shard cannot be fetched", shown, found, expected, remedy);
}
