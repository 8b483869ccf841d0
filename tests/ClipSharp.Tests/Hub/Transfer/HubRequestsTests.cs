using ClipSharp.Hub;
using ClipSharp.Hub.Cache;
using ClipSharp.Hub.Transfer;
using ClipSharp.Transfer;

namespace ClipSharp.Tests.Hub.Transfer;

/// <summary>Redirects, the token, and what the hub refuses.</summary>
public sealed class HubRequestsTests : IDisposable
{
    private const string Token = "hf_CanaryCanaryCanary";

    private readonly HubBench _bench = new() { Token = Token };
    private readonly FakeHub _hub = new("org/clip", ("config.json", "{}"u8.ToArray()),
        ("model.safetensors", HubBench.Bytes(2000)));

    public void Dispose()
    {
        _hub.Dispose();
        _bench.Dispose();
    }

    [Fact]
    public async Task The_token_goes_to_the_hub_and_to_no_other_host()
    {
        using var other = new FakeHub("cdn") { Intercept = _ => new FakeAnswer(200, HubBench.Bytes(2000)) };
        _hub.Intercept = request => IsWeights(request) ? FakeAnswer.Redirect($"{other.Address}signed?key=secret") : null;

        await Pull();

        Assert.All(_hub.Requests, request => Assert.Equal($"Bearer {Token}", request.Headers["Authorization"]));
        Assert.False(Assert.Single(other.Requests).Headers.ContainsKey("Authorization"));
    }

    [Theory]
    [InlineData("https://hub.example", "https://hub.example/org/clip", true)]
    [InlineData("https://hub.example", "https://hub.example:444/org/clip", false)]
    [InlineData("https://hub.example", "https://cdn.hub.example/file", false)]
    [InlineData("https://hub.example", "http://hub.example/org/clip", false)]
    [InlineData("http://mirror.example", "http://mirror.example/org/clip", false)] // not in the open
    [InlineData("http://localhost:8080", "http://localhost:8080/org/clip", true)]
    public void The_token_goes_by_https_or_stays_on_this_machine(string endpoint, string url, bool expected)
    {
        var options = new HubOptions { Endpoint = new Uri(endpoint), CacheFolder = _bench.Cache.Path, Token = Token };
        using var requests = new HubRequests(options, TimeSpan.FromSeconds(1));
        Assert.Equal(expected, requests.MayCarryToken(new Uri(url)));
    }

    [Fact]
    public void A_redirect_from_https_into_the_open_is_not_followed()
    {
        Assert.NotNull(HttpExchange.FaultOfRedirect(new Uri("https://hub.example/a"), new Uri("http://hub.example/b"), 0));
        Assert.Null(HttpExchange.FaultOfRedirect(new Uri("https://hub.example/a"), new Uri("https://cdn.example/b"), 0));
    }

    [Fact]
    public async Task A_redirect_within_the_hub_keeps_the_token()
    {
        _hub.Intercept = request => request.Path.Contains("/org/clip/resolve/", StringComparison.Ordinal) && IsWeights(request)
            ? FakeAnswer.Redirect("/renamed/model.safetensors")
            : request.Path == "/renamed/model.safetensors" ? new FakeAnswer(200, HubBench.Bytes(2000)) : null;

        await Pull();

        Assert.Equal($"Bearer {Token}", _hub.Requests[^1].Headers["Authorization"]);
    }

    [Fact]
    public async Task Without_a_token_none_is_sent()
    {
        _bench.Token = null;
        await Pull();
        Assert.All(_hub.Requests, request => Assert.False(request.Headers.ContainsKey("Authorization")));
    }

    [Fact]
    public async Task A_range_goes_along_with_a_redirect()
    {
        var drops = 1;
        using var other = new FakeHub("cdn");
        other.Intercept = request => request.From == 0
            ? new FakeAnswer(200, HubBench.Bytes(2000), SendOnly: drops-- > 0 ? 700 : null)
            : new FakeAnswer(206, HubBench.Bytes(2000)[700..], [("Content-Range", "bytes 700-1999/2000")]);
        _hub.Intercept = request => IsWeights(request) ? FakeAnswer.Redirect($"{other.Address}file") : null;

        await Pull();

        Assert.Equal([0, 700], other.Requests.Select(request => request.From));
    }

    [Theory]
    [InlineData("ftp://127.0.0.1/file", "ftp:")]
    [InlineData("file:///etc/passwd", "file:")]
    [InlineData("", "leads nowhere")]
    [InlineData("/round", "10 redirects")]
    public async Task A_redirect_that_cannot_be_followed_is_refused(string location, string words)
    {
        _hub.Intercept = request => IsWeights(request) || request.Path == "/round"
            ? location.Length == 0 ? new FakeAnswer(302) : FakeAnswer.Redirect(location)
            : null;
        await Refused(ClipError.Unavailable, words);
    }

    [Theory]
    [InlineData(401, null, "access token is not accepted")]
    [InlineData(401, "RepoNotFound", "access token is not accepted")]
    [InlineData(403, "GatedRepo", "/org/clip, then set HF_TOKEN")]
    [InlineData(401, "GatedRepo", "/org/clip, then set HF_TOKEN")]
    [InlineData(403, null, "may not be read")]
    [InlineData(404, "RepoNotFound", "does not exist")]
    [InlineData(404, null, "--repo-type dataset")]
    [InlineData(404, "RevisionNotFound", "no such revision")]
    public async Task A_refusal_of_the_hub_is_one_clear_line(int status, string? code, string words)
    {
        _hub.Intercept = _ => FakeAnswer.Refusal(status, code, ("X-Error-Message", "said\tso"));

        var refusal = await Refused(ClipError.NoInput, words);

        Assert.DoesNotContain(refusal.Message, char.IsControl);
        Assert.Single(_hub.Requests); // not tried again
        Assert.Empty(Directory.GetFileSystemEntries(_bench.Cache.Path));
    }

    [Fact]
    public async Task Without_a_token_401_tells_of_private_repositories()
    {
        _bench.Token = null;
        _hub.Intercept = _ => FakeAnswer.Refusal(401);
        await Refused(ClipError.NoInput, "for a private repository set HF_TOKEN");
    }

    [Fact]
    public async Task A_revision_that_is_not_there_is_named()
    {
        var refusal = await HubBench.Refused(ClipError.NoInput, "no such revision", _bench.PullAsync(_hub, "org/clip@v9"));
        Assert.Contains("v9", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_has_gone_is_named()
    {
        _hub.Intercept = request => IsWeights(request) ? FakeAnswer.Refusal(404, "EntryNotFound") : null;
        await Refused(ClipError.NoInput, "no such file");
    }

    [Theory]
    [InlineData(429)]
    [InlineData(500)]
    [InlineData(503)]
    public async Task A_passing_fault_is_tried_again_with_growing_waits(int status)
    {
        var faults = 3;
        _hub.Intercept = _ => faults-- > 0 ? FakeAnswer.Refusal(status) : null;

        await Pull();

        Assert.Equal([1.0, 2, 4], _bench.Waits.Select(wait => wait.TotalSeconds));
    }

    [Fact]
    public async Task A_server_that_says_when_is_asked_then()
    {
        var faults = 2;
        _hub.Intercept = request =>
            IsWeights(request) && faults-- > 0 ? FakeAnswer.Refusal(429, null, ("Retry-After", "37")) : null;

        await Pull();

        Assert.Equal([37.0, 37], _bench.Waits.Select(wait => wait.TotalSeconds));
    }

    [Fact]
    public async Task A_server_that_wants_an_hour_is_not_waited_for()
    {
        _hub.Intercept = _ => FakeAnswer.Refusal(429, null, ("Retry-After", "3600"));
        await Refused(ClipError.Unavailable, "3600 s");
        Assert.Empty(_bench.Waits);
    }

    [Fact]
    public async Task A_fault_that_stays_ends_the_pull()
    {
        _hub.Intercept = _ => FakeAnswer.Refusal(503);
        await Refused(ClipError.Unavailable, "6 times in a row");
        Assert.Equal([1.0, 2, 4, 8, 16], _bench.Waits.Select(wait => wait.TotalSeconds));
    }

    [Fact]
    public async Task A_list_whose_connection_breaks_is_read_again()
    {
        var drops = 1;
        _hub.Intercept = request => request.Path.Contains("/tree/", StringComparison.Ordinal) && drops-- > 0
            ? _hub.Answer(request) with { SendOnly = 20 }
            : null;
        Assert.Equal(2, (await Pull()).Files.Count);
    }

    [Fact]
    public async Task A_hub_that_cannot_be_reached_is_not_tried_again()
    {
        var gone = new FakeHub("org/clip");
        gone.Dispose();
        var refusal = await HubBench.Refused(ClipError.Unavailable, "--offline", _bench.PullAsync(gone, "org/clip"));
        Assert.Empty(_bench.Waits);
        Assert.DoesNotContain(Token, refusal.ToString(), StringComparison.Ordinal);
    }

    private Task<HubSnapshot> Pull() => _bench.PullAsync(_hub, "org/clip");

    private async Task<ClipException> Refused(ClipError kind, string words)
    {
        var refusal = await HubBench.Refused(kind, words, Pull());
        Assert.DoesNotContain(Token, refusal.ToString(), StringComparison.Ordinal);
        return refusal;
    }

    private static bool IsWeights(FakeRequest request) => request.Path.EndsWith("/model.safetensors", StringComparison.Ordinal);
}
