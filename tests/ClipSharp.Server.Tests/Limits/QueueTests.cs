using System.Net;

namespace ClipSharp.Server.Tests.Limits;

/// <summary>More callers than there is room for, callers that leave, and the end.</summary>
public sealed class QueueTests : IDisposable
{
    private const string Route = "/v1/embeddings";

    private static readonly string Picture = $$"""{"input": {"image": "{{Convert.ToBase64String(ColourPictures.Png(0))}}"} }""";

    private readonly WatchedEncoder _encoder = new(new FakeEncoder());

    private static CancellationToken Now => TestContext.Current.CancellationToken;

    public void Dispose() => _encoder.Dispose();

    [Theory]
    [InlineData("requests")]
    [InlineData("bytes")]
    [InlineData("pictures")]
    [InlineData("tokens")]
    public async Task A_full_room_is_429_with_Retry_After_and_nobody_inside_is_lost(string of)
    {
        const int Room = 4;
        var json = of == "pictures" ? Picture : """{"input": "abcdef"}"""; // 8 tokens at most
        await using var server = await StartAsync(options =>
        {
            var limits = options.Limits;
            limits.Requests = of == "requests" ? Room : limits.Requests;
            limits.WaitingBytes = of == "bytes" ? Room * json.Length : limits.WaitingBytes;
            limits.WaitingPictures = of == "pictures" ? Room : limits.WaitingPictures;
            limits.WaitingTokens = of == "tokens" ? Room * 8 : limits.WaitingTokens;
        });
        _encoder.Hold();
        var inside = new List<Task<HttpResponseMessage>>();
        for (var i = 0; i < Room; i++)
        {
            inside.Add(server.PostAsync(Route, json));
            await WaitForAsync(server, of == "bytes" ? "clipsharp_requests_active" : of == "requests"
                ? "clipsharp_requests_active" : $"clipsharp_{of}_waiting", of == "tokens" ? 8 * (i + 1) : i + 1);
        }

        for (var i = 0; i < 8; i++)
        {
            using var refused = await server.PostAsync(Route, json);
            Assert.Equal(429, (await RunningServer.ProblemAsync(refused)).Status);
            Assert.Equal(TimeSpan.FromSeconds(1), refused.Headers.RetryAfter!.Delta);
        }

        _encoder.Release();
        Assert.All(await Task.WhenAll(inside), reply => Assert.Equal(HttpStatusCode.OK, reply.StatusCode));
        using var after = await server.PostAsync(Route, json); // all that they held is free again
        Assert.Equal(HttpStatusCode.OK, after.StatusCode);
        await WaitForAsync(server, "clipsharp_requests_active", 0);
        await WaitForAsync(server, "clipsharp_tokens_waiting", 0);
        await WaitForAsync(server, "clipsharp_pictures_waiting", 0);
    }

    [Fact]
    public async Task What_a_caller_that_left_had_not_begun_is_not_computed()
    {
        await using var server = await StartAsync();
        _encoder.Hold();
        var begun = server.PostAsync(Route, Picture);
        await _encoder.Entered;
        var before = _encoder.Pictures;
        using var leaving = new CancellationTokenSource();
        var left = server.PostAsync(Route, Picture, leaving.Token);
        await WaitForAsync(server, "clipsharp_pictures_waiting", 2);
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => left);
        await WaitForAsync(server, "clipsharp_pictures_waiting", 1);
        _encoder.Release();
        Assert.Equal(HttpStatusCode.OK, (await begun).StatusCode);
        Assert.Equal(before, _encoder.Pictures);
        Assert.Contains("status=\"499\"", await MetricsAsync(server), StringComparison.Ordinal);
    }

    [Fact]
    public async Task At_the_end_those_inside_get_their_answer_and_new_ones_503()
    {
        await using var server = await StartAsync();
        _encoder.Hold();
        var inside = server.PostAsync(Route, Picture);
        await _encoder.Entered;
        var end = server.StopAsync();
        await WaitUntilDraining(server);
        using var late = await server.PostAsync(Route, Picture);
        Assert.Equal(503, (await RunningServer.ProblemAsync(late)).Status);
        Assert.NotNull(late.Headers.RetryAfter);
        using var ready = await server.Client.GetAsync(new Uri("/health/ready", UriKind.Relative), Now);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        using var live = await server.Client.GetAsync(new Uri("/health/live", UriKind.Relative), Now);
        Assert.Equal(HttpStatusCode.OK, live.StatusCode);
        Assert.False(end.IsCompleted);
        _encoder.Release();
        Assert.Equal(HttpStatusCode.OK, (await inside).StatusCode);
        await end;
    }

    [Fact]
    public async Task Those_inside_wait_no_longer_than_the_end_does()
    {
        await using var server = await StartAsync(options => options.Limits.DrainTime = TimeSpan.FromMilliseconds(300));
        _encoder.Hold();
        var begun = server.PostAsync(Route, Picture);
        await _encoder.Entered;
        var waiting = server.PostAsync(Route, Picture);
        await WaitForAsync(server, "clipsharp_pictures_waiting", 2);
        var end = server.StopAsync();
        using var reply = await waiting;
        Assert.Equal(503, (await RunningServer.ProblemAsync(reply)).Status);
        _encoder.Release(); // a forward that has begun is not stopped
        using var other = await begun;
        await end;
    }

    private async Task<RunningServer> StartAsync(Action<ServerOptions>? configure = null)
    {
        var server = await RunningServer.StartAsync(() => RunningServer.Fake(_encoder), configure);
        await _encoder.Entered; // those of the warm-up: a picture and a text
        await _encoder.Entered;
        return server;
    }

    private static async Task WaitUntilDraining(RunningServer server)
    {
        while (!server.Served.IsDraining)
        {
            await Task.Delay(5, Now);
        }
    }

    // Until a gauge has a value: the server's own figures say where requests are.
    private static async Task WaitForAsync(RunningServer server, string gauge, long value)
    {
        while (!(await MetricsAsync(server)).Contains($"\n{gauge} {value}\n", StringComparison.Ordinal))
        {
            await Task.Delay(5, Now);
        }
    }

    private static Task<string> MetricsAsync(RunningServer server) =>
        server.Client.GetStringAsync(new Uri("/metrics", UriKind.Relative), Now);
}
